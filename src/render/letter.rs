//! Letters: typst templates to PDF, in memory, without network, packages, system fonts or a clock.
//!
//! A notice's values reach a template as data, the file `/notice.json` that it reads, and never as typst source:
//! no name, however written, can change the document. The same notice gives the same bytes.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use chrono::Datelike as _;
use serde_json::Value;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::layout::{Frame, FrameItem};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World, WorldExt as _};
use typst_pdf::{PdfOptions, Timestamp};

use super::RenderError;

/// How many letters ago a remembered piece of layout was last used before it is forgotten: what all letters of one
/// template share stays, what one letter had alone goes.
const MEMORY_LETTERS_MAX: usize = 8;

/// Fonts and typst's library: the same for every set of templates, and slow to make.
struct Case {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

static CASE: LazyLock<Arc<Case>> = LazyLock::new(|| {
    let fonts: Vec<Font> = typst_assets::fonts().flat_map(|file| Font::iter(Bytes::new(file))).collect();
    let mut book = FontBook::new();
    for font in &fonts {
        book.push(font.info().clone());
    }
    Arc::new(Case { library: LazyHash::new(Library::default()), book: LazyHash::new(book), fonts })
});

/// The letter templates of one set.
pub(super) struct Press {
    sources: HashMap<FileId, Source>,
    ids: HashMap<String, FileId>,
    notice_id: Option<FileId>,
    code_id: Option<FileId>,
}

/// A letter as laid out.
pub(super) struct Printed {
    pub(super) pdf: Vec<u8>,
    pub(super) pages: usize,
    /// The words on its pages, in the order they were set: for checks and tests.
    pub(super) text: String,
}

/// What goes into one letter.
pub(super) struct Copy<'a> {
    /// The template's path.
    pub(super) path: &'a str,
    /// The tree of names.
    pub(super) names: &'a Value,
    /// The payment code, an SVG document.
    pub(super) code: Option<&'a str>,
    /// The day it bears.
    pub(super) today: chrono::NaiveDate,
    /// Identifies the document in its metadata.
    pub(super) ident: String,
}

impl Press {
    /// Takes the typst files of a set, shared ones too.
    pub(super) fn new<'a>(files: impl Iterator<Item = (&'a String, &'a String)>) -> Self {
        let mut press = Self {
            sources: HashMap::new(),
            ids: HashMap::new(),
            notice_id: file_id("notice.json"),
            code_id: file_id("payment-code.svg"),
        };
        for (path, text) in files {
            if let Some(id) = file_id(path) {
                press.sources.insert(id, Source::new(id, text.clone()));
                press.ids.insert(path.clone(), id);
            }
        }
        press
    }

    /// Sets and exports one letter.
    pub(super) fn print(&self, copy: &Copy<'_>) -> Result<Printed, RenderError> {
        let main = *self.ids.get(copy.path).ok_or_else(|| RenderError::Missing { path: copy.path.to_owned() })?;
        let mut names = copy.names.clone();
        names["payment"]["qr"] = copy.code.map_or(Value::Null, |_| Value::from("/payment-code.svg"));
        let day = copy.today;
        let today = Datetime::from_ymd(day.year(), day.month() as u8, day.day() as u8);
        let desk = Desk {
            press: self,
            case: &CASE,
            main,
            notice: Bytes::new(names.to_string().into_bytes()),
            code: copy.code.map(|svg| Bytes::new(svg.as_bytes().to_vec())),
            today,
        };
        let options = PdfOptions {
            ident: Smart::Custom(copy.ident.clone()),
            creator: Smart::Custom(Some("relance".to_owned())),
            timestamp: today.map(Timestamp::new_utc),
            ..PdfOptions::default()
        };
        let printed = typst::compile(&desk).output.and_then(|document| {
            let pdf = typst_pdf::pdf(&document, &options)?;
            let mut text = String::new();
            document.pages().iter().for_each(|page| collect_words(&page.frame, &mut text));
            Ok(Printed { pdf, pages: document.pages().len(), text })
        });
        let printed = printed.map_err(|errors| desk.error(copy.path, &errors));
        typst::comemo::evict(MEMORY_LETTERS_MAX);
        printed
    }
}

/// One letter's world: the files it may see are the set's typst files, its own notice and its own payment code.
struct Desk<'a> {
    press: &'a Press,
    case: &'a Case,
    main: FileId,
    notice: Bytes,
    code: Option<Bytes>,
    today: Option<Datetime>,
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.case.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.case.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.press.sources.get(&id).cloned().ok_or_else(|| not_found(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if Some(id) == self.press.notice_id {
            return Ok(self.notice.clone());
        }
        if Some(id) == self.press.code_id {
            return self.code.clone().ok_or_else(|| not_found(id));
        }
        self.source(id).map(Bytes::from_string)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.case.fonts.get(index).cloned()
    }

    /// The notice's own day, whatever the offset: a letter bears the date it was decided for.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        self.today
    }
}

impl Desk<'_> {
    /// The first error with its place; typst's messages speak of code, and of values only by their type.
    fn error(&self, path: &str, errors: &[SourceDiagnostic]) -> RenderError {
        let Some(first) = errors.first() else {
            return RenderError::Template { path: path.to_owned(), line: None, message: "no reason given".to_owned() };
        };
        let source = first.span.id().and_then(|id| self.press.sources.get(&id));
        let line = source.and_then(|source| {
            let range = self.range(first.span)?;
            source.lines().byte_to_line(range.start).map(|line| line + 1)
        });
        let path = source.map_or(path.to_owned(), |source| source.id().vpath().get_without_slash().to_owned());
        RenderError::Template { path, line, message: first.message.to_string() }
    }
}

fn file_id(path: &str) -> Option<FileId> {
    let path = VirtualPath::new(path).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn not_found(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}

fn collect_words(frame: &Frame, out: &mut String) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Text(run) => {
                out.push_str(&run.text);
                out.push(' ');
            }
            FrameItem::Group(group) => collect_words(&group.frame, out),
            _ => {}
        }
    }
}
