//! Evidence: the exact bytes of what was sent and of every proof a carrier gave, by their hash.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Reader, StoreError, Tx};
use crate::domain::{CreditorId, NoticeId};

/// A document that was sent or received for a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it is among the notice's documents: `message`, `letter`, `proof:deposit`.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes, kept as they are.
    pub bytes: Vec<u8>,
}

impl Document {
    /// The SHA-256 of its bytes.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }
}

/// A kept document and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The document.
    pub document: Document,
    /// Its hash, under which it is kept.
    pub sha256: Vec<u8>,
}

impl Tx<'_> {
    /// Keeps documents of notices; the same bytes are kept once, as of the last time they were about to leave.
    ///
    /// # Errors
    ///
    /// When Postgres refuses or is away.
    pub async fn keep(&mut self, documents: &[(&CreditorId, NoticeId, &Document)]) -> Result<(), StoreError> {
        if documents.is_empty() {
            return Ok(());
        }
        let mut hashed: Vec<([u8; 32], &CreditorId, NoticeId, &Document)> = documents
            .iter()
            .map(|(creditor, notice, document)| (document.sha256(), *creditor, *notice, *document))
            .collect();
        hashed.sort_by(|a, b| (a.0, a.2, &a.3.name).cmp(&(b.0, b.2, &b.3.name)));
        hashed.dedup_by(|a, b| (a.0, a.2, &a.3.name) == (b.0, b.2, &b.3.name));
        let hashes: Vec<&[u8]> = hashed.iter().map(|(hash, ..)| hash.as_slice()).collect();
        let media_types: Vec<&str> = hashed.iter().map(|(.., document)| document.media_type.as_str()).collect();
        let bytes: Vec<&[u8]> = hashed.iter().map(|(.., document)| document.bytes.as_slice()).collect();
        sqlx::query!(
            "INSERT INTO evidence (sha256, media_type, bytes)
             SELECT * FROM unnest($1::bytea[], $2::text[], $3::bytea[]) ON CONFLICT DO NOTHING",
            &hashes as _,
            &media_types as _,
            &bytes as _,
        )
        .execute(self.connection())
        .await?;
        let creditors: Vec<&str> = hashed.iter().map(|(_, creditor, ..)| creditor.as_str()).collect();
        let notices: Vec<Uuid> = hashed.iter().map(|(_, _, notice, _)| notice.0).collect();
        let names: Vec<&str> = hashed.iter().map(|(.., document)| document.name.as_str()).collect();
        sqlx::query!(
            "INSERT INTO notice_evidence (creditor, notice, name, sha256)
             SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::bytea[])
             ON CONFLICT ON CONSTRAINT notice_evidence_pkey DO UPDATE SET recorded_at = excluded.recorded_at",
            &creditors as _,
            &notices,
            &names as _,
            &hashes as _,
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

impl Reader {
    /// The documents kept for a notice of a creditor, by name.
    ///
    /// # Errors
    ///
    /// When Postgres is away.
    pub async fn evidence(&self, creditor: &CreditorId, notice: NoticeId) -> Result<Vec<Evidence>, StoreError> {
        let rows = sqlx::query!(
            "SELECT name, sha256, media_type, bytes FROM notice_evidence JOIN evidence USING (sha256)
             WHERE creditor = $1 AND notice = $2 ORDER BY name, recorded_at",
            creditor.as_str(),
            notice.0,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Evidence {
                document: Document { name: row.name, media_type: row.media_type, bytes: row.bytes },
                sha256: row.sha256,
            })
            .collect())
    }
}
