//! The description of the interface, generated from the handlers; the web application's client is generated from it.

use crate::app;

/// The OpenAPI document as it is committed: pretty JSON with a final line feed.
///
/// # Errors
/// Only if a schema cannot be written as JSON.
pub fn document() -> Result<String, serde_json::Error> {
    let mut openapi = app::routes().openapi();
    openapi.info.title = "一盘棋 Yipanqi".into();
    openapi.info.version = "1".into();
    openapi.info.description = Some(
        "Session cookie `yipanqi_session`; changing requests carry `X-Yipanqi: 1`. Failures are \
         `application/problem+json` in the language of `Accept-Language`."
            .into(),
    );
    openapi.info.license = None;
    openapi.info.contact = None;
    let mut text = serde_json::to_string_pretty(&openapi)?;
    text.push('\n');
    Ok(text)
}
