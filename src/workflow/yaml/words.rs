//! The parser's messages in the words of somebody who writes workflows.

/// What the parser says, and what is said instead.
const WORDS: &[(&str, &str)] = &[
    ("tab", "a tab stands where spaces belong"),
    ("mapping values are not allowed", "a `:` stands where no key can be"),
    ("':' indicator", "a `:` stands inside a bracket or a brace that is still open"),
    ("recursion limit", "brackets, braces and indentation are nested deeper than relance reads"),
    ("nesting", "brackets, braces and indentation are nested deeper than relance reads"),
    ("mapping keys are not allowed", "a `?` or a key stands where none can be"),
    ("block mapping, did not find expected key", "this line does not fit the lines above it"),
    ("did not find expected '-' indicator", "this line does not belong to the list above it"),
    ("block sequence entries are not allowed", "an item of a list, `- `, stands where none can be"),
    ("EOF while parsing a flow", "a bracket or a brace is never closed"),
    ("did not find expected ',' or '}'", "a `,` or the closing `}` is missing before this"),
    ("expected ',' or ']'", "a `,` or the closing `]` is missing before this"),
    ("trailing content after double-quoted", "something stands behind the closing quote"),
    ("trailing content after single-quoted", "something stands behind the closing quote"),
    ("simple key", "a key without `:` behind it"),
    ("unknown escape character", "a `\\` in double quotes must be followed by a sign it knows"),
    ("hexadecimal number", "a `\\` in double quotes must be followed by a sign it knows"),
    ("expected node content", "a value is missing here"),
    ("unexpected EOF", "the file ends in the middle of something"),
    ("unexpected document indicator", "a quote above is never closed"),
    ("found unexpected end of stream", "a quote above is never closed"),
    ("invalid indentation", "the indentation does not fit the lines above"),
    ("misplaced bracket", "a closing bracket or brace stands where none is open"),
    ("only valid inside a block", "an item of a list, `- `, stands where none can be"),
    ("scanning a block scalar", "a `>` or `|` begins a text of several lines, and more stands behind it"),
    ("unexpected character", "a value cannot begin with this sign"),
    ("directive", "directives (`%`) are not part of the language"),
    ("invalid content after document end", "something stands behind the end of the document"),
];

/// The message for people; what is not known here is passed on.
pub(super) fn plain(info: &str) -> String {
    let known = WORDS.iter().find(|(part, _)| info.contains(part));
    known.map_or_else(|| format!("this cannot be read: {info}"), |(_, words)| (*words).to_owned())
}

/// What to look for where the line itself tells nothing.
pub(super) fn remedy(info: &str) -> &'static str {
    match info {
        "tab" => "indent with spaces",
        _ if info.contains("mapping values") => "indent this line like its neighbours; or put the value in quotes",
        _ if info.contains("',' or") => "close the bracket or the brace in the line above",
        _ if info.contains("did not find expected key") => {
            "indent it like its neighbours, and close the quotes and brackets above it"
        }
        _ if info.contains("'-' indicator") => "begin an item with `- `, and indent its other keys below the first one",
        _ if info.contains("misplaced bracket") => "take it out, or open what it closes",
        _ if info.contains("scanning a block scalar") => "put the value in quotes",
        _ if info.contains("escape") || info.contains("hexadecimal") => "write the text in single quotes, `'…'`",
        _ if info.contains("quoted") || info.contains("document indicator") => "close the quote, or leave both out",
        _ if info.contains("simple key") => "write `key: value`, with a space behind the colon",
        _ => "look at the quotes, the brackets and the indentation here and in the line above",
    }
}
