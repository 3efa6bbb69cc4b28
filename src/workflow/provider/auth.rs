//! How a provider knows us: keys in their places, OAuth2, and signed requests.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{BaseUrl, HttpProvider, JsonPath, Payload};
use crate::workflow::Code;

use super::problems::Problems;

/// How a provider knows us. All texts may hold `{{ secret.… }}`.
#[derive(Clone, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// It does not.
    #[default]
    None,
    /// `Authorization: Basic`.
    Basic {
        /// User.
        user: String,
        /// Password, often empty where the user is a key.
        #[serde(default)]
        password: String,
    },
    /// `Authorization: Bearer`.
    Bearer {
        /// Token.
        token: String,
    },
    /// A header of its own.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Query parameters.
    Query {
        /// Names and values.
        fields: BTreeMap<String, String>,
    },
    /// Fields at the top of the JSON, form or multipart body.
    Body {
        /// Names and values.
        fields: BTreeMap<String, String>,
    },
    /// A bearer token from a token endpoint (RFC 6749), kept until shortly before it ends.
    #[serde(rename = "oauth2")]
    OAuth2(Box<OAuth2>),
    /// A signature over each request.
    Signed(Box<Signed>),
    /// A token from a request of the provider's own kind, kept until shortly before it ends.
    Token(Box<TokenRequest>),
}

/// A request that is answered with a token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// The path of a GET.
    pub get: String,
    /// Headers and signature of that request.
    pub sign: Option<Signed>,
    /// Where the answer holds the token.
    pub token: JsonPath,
    /// Where it holds the instant at which the token ends, in seconds since 1970; five minutes where absent.
    pub ends_at: Option<JsonPath>,
    /// The header that bears it.
    pub header: String,
    /// Headers that go with it.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// Where tokens come from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2 {
    /// What is presented for a token.
    #[serde(default)]
    pub grant: Grant,
    /// The token endpoint, by environment.
    pub token_url: BaseUrl,
    /// Who asks.
    pub client: Client,
    /// Further form fields: `username`, `password`, `scope`.
    #[serde(default)]
    pub form: BTreeMap<String, String>,
}

/// An OAuth2 grant (RFC 6749, 4.3 and 4.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// The client's own credentials.
    #[default]
    ClientCredentials,
    /// A user's name and password, in `form`.
    Password,
}

impl Grant {
    /// The value of `grant_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::Password => "password",
        }
    }
}

/// An OAuth2 client.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// Where both stand.
    #[serde(default, rename = "in")]
    pub place: ClientPlace,
}

/// Where a client's credentials stand (RFC 6749, 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientPlace {
    /// `Authorization: Basic`.
    #[default]
    Basic,
    /// `client_id` and `client_secret` in the form.
    Body,
}

/// A digest or HMAC over a text that names the request: `{{ request.method }}`, `{{ request.url }}` with its query,
/// `{{ request.body }}` byte for byte, `{{ now.epoch }}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// Headers beside the signature; they may name `now` too.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What is signed.
    pub text: String,
    /// How.
    pub algorithm: Algorithm,
    /// The key of an HMAC; a digest has none, its secret stands in `text`.
    pub key: Option<String>,
    /// How the signature is written.
    #[serde(default)]
    pub encoding: Encoding,
    /// What stands before it.
    #[serde(default)]
    pub prefix: String,
    /// Where it goes.
    #[serde(rename = "in")]
    pub place: SignaturePlace,
    /// A path that answers with the provider's seconds since 1970, as text: `now` follows it, asked once an hour.
    pub clock: Option<String>,
}

/// A digest or HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the algorithms'")]
pub enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
    HmacSha1,
    HmacSha256,
    HmacSha512,
}

impl Algorithm {
    /// Whether it takes a key.
    pub fn is_keyed(self) -> bool {
        matches!(self, Self::HmacSha1 | Self::HmacSha256 | Self::HmacSha512)
    }
}

/// How bytes are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Small letters.
    #[default]
    Hex,
    /// With padding.
    Base64,
}

/// Where a signature goes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignaturePlace {
    /// A header.
    Header(String),
    /// A query parameter.
    Query(String),
}

/// What a provider's requests must have for its way to know us.
pub(super) fn check(provider: &HttpProvider, problems: &mut Problems<'_, '_>) {
    let authenticated = || provider.steps.iter().chain(&provider.reconcile).filter(|step| step.request.authenticated);
    match &provider.auth {
        Auth::Query { fields } | Auth::Body { fields } if fields.is_empty() => {
            problems.add(
                Code::BadValue,
                "auth.fields",
                "name at least one field; `api_key: \"{{ secret.acme_key }}\"`",
            );
        }
        Auth::Body { .. } => {
            let takes = |payload: &Payload| {
                matches!(payload, Payload::Json(Value::Object(_)) | Payload::Form(_) | Payload::Multipart(_))
            };
            for step in authenticated().filter(|step| !takes(&step.request.payload)) {
                let message =
                    format!("step `{}` has no body that takes the fields; give it a form, or `auth: none`", step.id);
                problems.add(Code::RequestShape, "auth", message);
            }
        }
        Auth::OAuth2(oauth) => {
            super::check::address("auth.token_url", &oauth.token_url, problems);
            let user = oauth.form.contains_key("username") && oauth.form.contains_key("password");
            if oauth.grant == Grant::Password && !user {
                problems.add(
                    Code::MissingKey,
                    "auth.form",
                    "the password grant has `username` and `password`; write both",
                );
            }
        }
        Auth::Token(token) => {
            if !token.get.starts_with('/') {
                problems.add(Code::RequestShape, "auth.get", "`get` is a path; begin it with `/`");
            }
            if let Some(signed) = &token.sign {
                check_signed("auth.sign", signed, problems);
            }
        }
        Auth::Signed(signed) => {
            check_signed("auth", signed, problems);
            let parts = |payload: &Payload| matches!(payload, Payload::Multipart(_));
            if authenticated().any(|step| parts(&step.request.payload)) {
                problems.add(
                    Code::RequestShape,
                    "auth",
                    "a multipart body is not signed; use json, form or raw, or `auth: none`",
                );
            }
        }
        _ => {}
    }
}

fn check_signed(place: &str, signed: &Signed, problems: &mut Problems<'_, '_>) {
    match (signed.algorithm.is_keyed(), &signed.key) {
        (true, None) => {
            problems.add(Code::MissingKey, place, "an HMAC has a `key`; write key: \"{{ secret.acme_key }}\"");
        }
        (false, Some(_)) => {
            let message = "a digest has no key; put the secret into `text`, or use an hmac";
            problems.add(Code::MisplacedKey, &format!("{place}.key"), message);
        }
        _ => {}
    }
    if signed.clock.as_ref().is_some_and(|path| !path.starts_with('/')) {
        problems.add(Code::RequestShape, &format!("{place}.clock"), "`clock` is a path; begin it with `/`");
    }
}
