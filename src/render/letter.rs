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
use typst::layout::{Frame, FrameItem, Point};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World, WorldExt as _};
use typst_pdf::{PdfOptions, Timestamp};

use super::RenderError;
use super::enclosed::Enclosed;

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
#[derive(Clone)]
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
    /// The lines of its first page, from top to bottom.
    pub(super) lines: Vec<Line>,
}

/// A line of words on a page; places and sizes in points.
pub(super) struct Line {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) size: f64,
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
    /// PDF documents that go behind it.
    pub(super) enclosed: &'a [Vec<u8>],
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

    /// What keeps a file from being read, with its place; every mistake.
    pub(super) fn mistakes(&self, path: &str) -> Vec<(std::ops::Range<usize>, String)> {
        let Some((id, source)) = self.ids.get(path).and_then(|id| Some((*id, self.sources.get(id)?))) else {
            return Vec::new();
        };
        let desk = Desk {
            press: self,
            case: &CASE,
            main: id,
            notice: Bytes::new(Vec::new()),
            code: None,
            today: None,
            enclosed: None,
        };
        let errors = source.root().errors_and_warnings().0;
        let errors = errors.into_iter().map(|one| (desk.range(one.span).unwrap_or(0..0), one.message.to_string()));
        let mut errors: Vec<(std::ops::Range<usize>, String)> = errors.collect();
        // What stands behind something unclosed was read as a part of it.
        let is_open = |one: &(std::ops::Range<usize>, String)| one.1.contains("unclosed");
        if let Some(open) = errors.iter().filter(|one| is_open(one)).map(|one| one.0.start).min() {
            errors.retain(|one| is_open(one) || one.0.start < open);
        }
        errors
    }

    /// Sets and exports one letter.
    pub(super) fn print(&self, copy: &Copy<'_>) -> Result<Printed, RenderError> {
        let options = PdfOptions {
            ident: Smart::Custom(copy.ident.clone()),
            creator: Smart::Custom(Some("relance".to_owned())),
            timestamp: day(copy.today).map(Timestamp::new_utc),
            ..PdfOptions::default()
        };
        self.set(copy, Some(&options))
    }

    /// Sets one letter without exporting it, for checks.
    pub(super) fn lay_out(&self, copy: &Copy<'_>) -> Result<Printed, RenderError> {
        self.set(copy, None)
    }

    /// Sets one letter; the document is exported where there are options for it.
    fn set(&self, copy: &Copy<'_>, options: Option<&PdfOptions>) -> Result<Printed, RenderError> {
        let main = *self.ids.get(copy.path).ok_or_else(|| RenderError::Missing { path: copy.path.to_owned() })?;
        let enclosed = Enclosed::with(copy.path, copy.enclosed)?;
        let mut names = copy.names.clone();
        names["payment"]["qr"] = copy.code.map_or(Value::Null, |_| Value::from("/payment-code.svg"));
        let desk = Desk {
            press: self,
            case: &CASE,
            main: enclosed.as_ref().map_or(main, |enclosed| enclosed.cover.id()),
            notice: Bytes::new(names.to_string().into_bytes()),
            code: copy.code.map(|svg| Bytes::new(svg.as_bytes().to_vec())),
            today: day(copy.today),
            enclosed,
        };
        let printed = typst::compile(&desk).output.and_then(|document| {
            let pdf = options.map_or(Ok(Vec::new()), |options| typst_pdf::pdf(&document, options))?;
            let (mut text, mut runs) = (String::new(), Vec::new());
            for (number, page) in document.pages().iter().enumerate() {
                collect_words(&page.frame, &mut text);
                if number == 0 {
                    collect_runs(&page.frame, Point::zero(), &mut runs);
                }
            }
            Ok(Printed { pdf, pages: document.pages().len(), text, lines: lines(runs) })
        });
        let printed = printed.map_err(|errors| desk.error(copy.path, &errors));
        typst::comemo::evict(MEMORY_LETTERS_MAX);
        printed
    }
}

fn day(date: chrono::NaiveDate) -> Option<Datetime> {
    Datetime::from_ymd(date.year(), date.month() as u8, date.day() as u8)
}

/// One letter's world: the files it may see are the set's typst files, its own notice, its own payment code and what
/// goes with it.
struct Desk<'a> {
    press: &'a Press,
    case: &'a Case,
    main: FileId,
    notice: Bytes,
    code: Option<Bytes>,
    today: Option<Datetime>,
    enclosed: Option<Enclosed>,
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
        let cover = self.enclosed.as_ref().map(|enclosed| &enclosed.cover).filter(|cover| cover.id() == id);
        cover.or_else(|| self.press.sources.get(&id)).cloned().ok_or_else(|| not_found(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if Some(id) == self.press.notice_id {
            return Ok(self.notice.clone());
        }
        if Some(id) == self.press.code_id {
            return self.code.clone().ok_or_else(|| not_found(id));
        }
        let mut files = self.enclosed.iter().flat_map(|enclosed| &enclosed.files);
        match files.find(|(file, _)| *file == id) {
            Some((_, bytes)) => Ok(bytes.clone()),
            None => self.source(id).map(Bytes::from_string),
        }
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
            let message = "no reason given".to_owned();
            return RenderError::Template {
                path: path.to_owned(),
                line: None,
                place: None,
                code: "template-error",
                message,
            };
        };
        let source = first.span.id().and_then(|id| self.press.sources.get(&id));
        let place = source.and_then(|_| self.range(first.span));
        let line = source.and_then(|source| Some(source.lines().byte_to_line(place.as_ref()?.start)? + 1));
        let path = source.map_or(path.to_owned(), |source| source.id().vpath().get_without_slash().to_owned());
        let message = first.message.to_string();
        let is_name = message.starts_with("unknown variable") || message.contains("does not contain key");
        let code = if is_name { "unknown-name" } else { "template-error" };
        RenderError::Template { path, line, place, code, message }
    }
}

pub(super) fn file_id(path: &str) -> Option<FileId> {
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

/// Every run of words with its place on the page.
fn collect_runs(frame: &Frame, origin: Point, out: &mut Vec<Line>) {
    for (at, item) in frame.items() {
        let at = origin + *at;
        match item {
            FrameItem::Text(run) => out.push(Line {
                left: at.x.to_pt(),
                top: at.y.to_pt(),
                size: run.size.to_pt(),
                text: run.text.to_string(),
            }),
            FrameItem::Group(group) => {
                let moved = Point::new(group.transform.tx, group.transform.ty);
                collect_runs(&group.frame, at + moved, out);
            }
            _ => {}
        }
    }
}

/// Runs of one height, and near one another, make a line.
fn lines(mut runs: Vec<Line>) -> Vec<Line> {
    runs.sort_by(|a, b| (a.top, a.left).partial_cmp(&(b.top, b.left)).unwrap_or(std::cmp::Ordering::Equal));
    let mut lines: Vec<Line> = Vec::new();
    for run in runs {
        let same = |line: &&mut Line| {
            let width = line.size * 0.75 * line.text.chars().count() as f64;
            (line.top - run.top).abs() < 0.5 && run.left <= line.left + width + run.size
        };
        match lines.last_mut().filter(same) {
            Some(line) => line.text.push_str(&run.text),
            None => lines.push(run),
        }
    }
    lines
}
