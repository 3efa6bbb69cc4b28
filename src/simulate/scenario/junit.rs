//! Results as CI servers read them: JUnit's XML, one suite for all scenario files.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// One scenario file and what became of it.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// The path of the file.
    pub file: String,
    /// What the scenario is called.
    pub title: String,
    /// What is compared: `timeline`, or `coverage` of a workflow.
    pub kind: &'static str,
    /// The comparison, or the mistakes of the file; `None` where it passed.
    pub failure: Option<(String, String)>,
}

/// The report. Virtual time costs none, so `time` says 0; the differences stand in `failure`.
pub fn junit(cases: &[TestCase]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory cannot fail.
    let _ = write(&mut writer, cases);
    let mut text = String::from_utf8(writer.into_inner()).unwrap_or_default();
    text.push('\n');
    text
}

fn write(writer: &mut Writer<Vec<u8>>, cases: &[TestCase]) -> std::io::Result<()> {
    let tests = cases.len().to_string();
    let failures = cases.iter().filter(|case| case.failure.is_some()).count().to_string();
    let counts =
        [("tests", tests.as_str()), ("failures", failures.as_str()), ("errors", "0"), ("skipped", "0"), ("time", "0")];
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites = writer.create_element("testsuites").with_attributes(counts);
    suites.write_inner_content(|writer| {
        let suite = writer.create_element("testsuite").with_attribute(("name", "relance")).with_attributes(counts);
        suite.write_inner_content(|writer| cases.iter().try_for_each(|case| write_case(writer, case)))?;
        Ok(())
    })?;
    Ok(())
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &TestCase) -> std::io::Result<()> {
    let (file, title) = (allowed(&case.file), allowed(&case.title));
    let class = file.rsplit(['/', '\\']).next().unwrap_or(&file);
    let class = class.strip_suffix(".yaml").unwrap_or(class);
    let element = writer.create_element("testcase").with_attributes([
        ("classname", class),
        ("name", title.as_str()),
        ("file", file.as_str()),
        ("time", "0"),
    ]);
    let Some((message, text)) = &case.failure else {
        element.write_empty()?;
        return Ok(());
    };
    let (message, text) = (allowed(message), allowed(text));
    element.write_inner_content(|writer| {
        let failure = writer.create_element("failure");
        let failure = failure.with_attributes([("type", case.kind), ("message", message.as_str())]);
        failure.write_text_content(BytesText::new(&text))?;
        Ok(())
    })?;
    Ok(())
}

/// XML 1.0 has no way to write other control characters, not even as references.
fn allowed(text: &str) -> String {
    let is_allowed = |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().map(|c| if is_allowed(c) { c } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hostile_is_escaped() {
        let cases = [
            TestCase {
                file: "a/paid.yaml".into(),
                title: "Paid \"late\" & <early>".into(),
                kind: "timeline",
                failure: None,
            },
            TestCase {
                file: "a/b.yaml".into(),
                title: "é\u{1b}[31m".into(),
                kind: "timeline",
                failure: Some(("- \"x\" > 'y'\nz".into(), "  - a ]]> <b> &amp;\n  + c\n".into())),
            },
        ];
        insta::assert_snapshot!(junit(&cases));
    }
}
