//! What goes with a letter: whole PDF documents behind its pages, in one document.
//!
//! Their pages are carried over as they are, each scaled onto a sheet of A4; nothing in them is read or changed.

use typst::foundations::Bytes;
use typst::syntax::{FileId, Source};

use super::RenderError;
use super::letter::file_id;

/// Most pages that go behind a letter: what the largest envelope of a postal provider takes, printed on both sides.
pub(super) const ENCLOSED_PAGES_MAX: usize = 90;

/// A letter with what goes with it, as typst sees it.
pub(super) struct Enclosed {
    /// Includes the letter, then sets every page of every document.
    pub(super) cover: Source,
    /// The documents, by the files that the cover names.
    pub(super) files: Vec<(FileId, Bytes)>,
}

impl Enclosed {
    /// The letter whose template is at `path` with `documents` behind it; `None` where there are none.
    pub(super) fn with(path: &str, documents: &[Vec<u8>]) -> Result<Option<Self>, RenderError> {
        let Some(cover) = file_id("letter-with-documents.typ").filter(|_| !documents.is_empty()) else {
            return Ok(None);
        };
        let (mut text, mut files, mut pages) = (format!("#include \"/{path}\"\n"), Vec::new(), 0);
        for (number, document) in documents.iter().enumerate() {
            let name = format!("document-{number}.pdf");
            let unreadable = RenderError::Enclosure { why: "it is no PDF that can be read, or it is encrypted" };
            let read = hayro_syntax::Pdf::new(document.clone()).map_err(|_| unreadable)?;
            pages += read.pages().len();
            if pages > ENCLOSED_PAGES_MAX {
                return Err(RenderError::Enclosure { why: "with the others it has more than 90 pages" });
            }
            for page in 1..=read.pages().len() {
                text += &format!(
                    "#page(paper: \"a4\", margin: 0pt, image(\"/{name}\", page: {page}, width: 100%, height: 100%, \
                     fit: \"contain\"))\n"
                );
            }
            files.extend(file_id(&name).map(|id| (id, Bytes::new(document.clone()))));
        }
        Ok(Some(Self { cover: Source::new(cover, text), files }))
    }
}
