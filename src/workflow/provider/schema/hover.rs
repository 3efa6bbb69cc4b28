//! Keys of a provider's definition: what each means where the schema does not say so, and how it might be written.

/// The meaning and an example of `key` in `place`, the key or definition around it.
pub(super) fn of(place: &str, key: &str) -> (&'static str, &'static str) {
    match place {
        "auth" | "client" | "in" | "sign" => auth(key),
        "idempotency" => idempotency(key),
        "when" => when(key),
        "rule" => rule(key),
        "part" => part(key),
        "step" => step(key),
        "retry_after" if key == "header" => ("The header that says it.", "X-RateLimit-Reset"),
        "retry_after" => ("What its number counts.", "epoch"),
        _ => top(key),
    }
}

fn top(key: &str) -> (&'static str, &'static str) {
    match key {
        "provider" => ("", "acme-sms"),
        "title" => ("", "Acme text messages"),
        "channel" => ("", "sms"),
        "transport" => ("", "http"),
        "base_url" => ("", "{ production: https://api.acme.example/v1, sandbox: https://sandbox.acme.example/v1 }"),
        "production" => ("The address that sends for real.", "https://api.acme.example/v1"),
        "sandbox" => ("The address that RELANCE_PROVIDER_SANDBOX=true uses.", "https://sandbox.acme.example/v1"),
        "auth" => ("", "{ kind: bearer, token: \"{{ secret.acme_token }}\" }"),
        "rate" => ("", "{ per_second: 5, concurrent: 4 }"),
        "per_second" => ("Most requests a second.", "5"),
        "concurrent" => ("Most requests at the same time.", "4"),
        "timeout_seconds" => ("", "20"),
        "services" => ("", "{ registered_receipt: { acknowledgement: true } }"),
        "limits" => ("", "{ text_chars: 1600, pdf_mb: 20, countries: [FR, MC] }"),
        "text_chars" => ("Longest text message, in characters.", "1600"),
        "pdf_mb" => ("Largest letter, in megabytes.", "20"),
        "postal_lines" => (
            "Whether an address that does not fit six lines of 38 characters (AFNOR NF Z10-011) is refused before anything leaves.",
            "true",
        ),
        "countries" => ("Countries it delivers to, ISO 3166; all where absent.", "[FR, MC]"),
        "prices" => ("", "{ sms: \"0.08 EUR\", registered_receipt: \"6.11 EUR\" }"),
        "config" => ("", "{ sender: ACME }"),
        "send" => ("", "{ steps: [{ id: send, commit: true, post: /messages, … }] }"),
        "steps" => {
            ("The requests, in their order; exactly one commits.", "[{ id: send, commit: true, post: /messages, … }]")
        }
        "reconcile" => ("", "{ get: \"/messages/{{ notice.id }}\", outcomes: [ … ] }"),
        "on_ambiguous" => ("", "reconcile"),
        _ => ("", "{ header: X-RateLimit-Reset, unit: epoch }"),
    }
}

fn auth(key: &str) -> (&'static str, &'static str) {
    match key {
        "kind" => ("How the provider recognises us.", "bearer"),
        "user" => ("The user of HTTP Basic.", "\"{{ secret.acme_user }}\""),
        "password" => ("The password of HTTP Basic; none where absent.", "\"{{ secret.acme_password }}\""),
        "token" => ("The bearer token.", "\"{{ secret.acme_token }}\""),
        "name" => ("The header that holds the key.", "X-Api-Key"),
        "fields" => (
            "The query parameters, or the fields of the body, that hold the key.",
            "{ api_key: \"{{ secret.acme_key }}\" }",
        ),
        "grant" => ("What is presented for a token.", "password"),
        "token_url" => (
            "Where tokens come from; RELANCE_PROVIDER_URLS gives another as `acme.token=https://…`.",
            "https://auth.acme.example/token",
        ),
        "client" => (
            "Who asks for a token, and whether it says so in HTTP Basic or in the body.",
            "{ id: \"{{ secret.acme_client }}\", secret: \"{{ secret.acme_client_secret }}\", in: body }",
        ),
        "form" => ("What else is asked with: username, password, scope.", "{ scope: letters }"),
        "headers" => ("Headers that go with the signature.", "{ X-Timestamp: \"{{ now.epoch }}\" }"),
        "text" => ("What is signed.", "\"{{ request.method }}.{{ request.url }}.{{ request.body }}.{{ now.epoch }}\""),
        "algorithm" => ("A digest, or an HMAC with `key`.", "hmac_sha256"),
        "key" => ("The key of an HMAC.", "\"{{ secret.acme_key }}\""),
        "encoding" => ("How the signature is written.", "base64"),
        "prefix" => ("What stands before the signature.", "$1$"),
        "in" => ("Where it goes.", "{ header: X-Signature }"),
        "clock" => {
            ("A path that answers with the provider's time in seconds, where it asks for its own.", "/auth/time")
        }
        "get" => ("A path that answers with a token.", "/token"),
        "sign" => (
            "The headers and the signature of that request.",
            "{ text: \"{{ now.epoch }}\", algorithm: hmac_sha256, key: \"{{ secret.acme_key }}\", in: { header: X-Signature } }",
        ),
        "ends_at" => ("Where the answer says when the token ends, in seconds since 1970.", "$.expire"),
        "id" => ("The client's name.", "\"{{ secret.acme_client }}\""),
        "secret" => ("The client's secret.", "\"{{ secret.acme_client_secret }}\""),
        "query" => ("The query parameter that holds it.", "sig"),
        "header" => ("The header that holds it.", "X-Signature"),
        _ => ("What the header holds.", "\"{{ secret.acme_key }}\""),
    }
}

fn idempotency(key: &str) -> (&'static str, &'static str) {
    match key {
        "header" => ("The header that our key goes into.", "Idempotency-Key"),
        "query" => ("The query parameter that our key goes into.", "idempotency_key"),
        "field" => ("The field of the body that our key goes into.", "client_reference"),
        "key" => ("The key; the notice's identifier where absent.", "\"{{ notice.id }}\""),
        _ => ("How long the provider remembers it, in hours.", "24"),
    }
}

fn when(key: &str) -> (&'static str, &'static str) {
    match key {
        "status" => ("The status, or one of these.", "[200, 201]"),
        "header" => ("Headers and what each must hold.", "{ content-type: application/json }"),
        "exists" => ("Places of the answer that must be there.", "$.id"),
        "absent" => ("Places of the answer that must not be there.", "$.error"),
        "equals" => ("Places of the answer and what each must be.", "{ $.status: queued }"),
        _ => ("Places of the answer and what each may be.", "{ $.code: [21211, 21614] }"),
    }
}

fn rule(key: &str) -> (&'static str, &'static str) {
    match key {
        "when" => ("What must hold of the answer; the last rule has none.", "{ status: 201, exists: $.id }"),
        "then" => ("What the answer means.", "accepted"),
        "id" => ("The provider's identifier of the message.", "$.id"),
        "reason" => {
            ("Why, for people: taken from the answer, or written out.", "[$.message, refused without a reason]")
        }
        _ => ("Kept of the answer, as {{ cap.… }}.", "{ tracking: $.tracking_number }"),
    }
}

fn part(key: &str) -> (&'static str, &'static str) {
    match key {
        "name" => ("The field's name.", "document"),
        "file" => ("The PDF of the letter.", "letter"),
        "text" => ("A text.", "\"{{ to.name }}\""),
        "json" => ("A value, written as JSON.", "{ color: false }"),
        "filename" => ("The file's name.", "\"{{ notice.id }}.pdf\""),
        _ => ("The media type.", "application/pdf"),
    }
}

fn step(key: &str) -> (&'static str, &'static str) {
    match key {
        "id" => ("", "send"),
        "commit" => ("", "true"),
        "get" => ("Asks: the path below the address.", "\"/messages/{{ notice.id }}\""),
        "post" => ("Posts: the path below the address.", "/messages"),
        "put" => ("Puts: the path below the address.", "\"/letters/{{ notice.id }}\""),
        "patch" => ("Patches: the path below the address.", "\"/letters/{{ cap.draft }}\""),
        "delete" => ("Deletes: the path below the address.", "\"/drafts/{{ cap.draft }}\""),
        "auth" => ("", "none"),
        "query" => ("Query parameters.", "{ sandbox: \"{{ sandbox }}\" }"),
        "headers" => ("Headers.", "{ Accept: application/json }"),
        "json" => ("", "{ to: \"{{ to.phone }}\", body: \"{{ text }}\" }"),
        "form" => ("", "{ To: \"{{ to.phone }}\", Body: \"{{ text }}\" }"),
        "multipart" => ("The parts of a multipart body.", "[{ name: document, file: letter }]"),
        "raw" => ("", "{ file: letter, type: application/pdf }"),
        "idempotency" => {
            ("Where our key goes, and how long it is remembered.", "{ header: Idempotency-Key, window_hours: 24 }")
        }
        "accept" => ("", "{ status: 201 }"),
        "capture" => ("", "{ draft: $.id }"),
        _ => (
            "What each answer means, in order; the last rule takes what is left.",
            "[{ when: { status: 201 }, then: accepted, id: $.id }, { then: ambiguous }]",
        ),
    }
}
