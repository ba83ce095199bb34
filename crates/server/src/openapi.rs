//! The description of the interface, generated from the handlers; the web application's client is generated from it.

use utoipa::openapi::path::PathItem;

use crate::app;

/// The OpenAPI document as it is committed: pretty JSON with a final line feed.
///
/// # Errors
/// Only if a schema cannot be written as JSON.
pub fn document() -> Result<String, serde_json::Error> {
    let mut openapi = app::routes().openapi();
    for (path, item) in &mut openapi.paths.paths {
        name(path, item);
    }
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

/// Names every operation by its method and path, so that handlers of different nouns may share a name.
fn name(path: &str, item: &mut PathItem) {
    let words: Vec<&str> =
        path.trim_start_matches("/api").split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let noun = words.join("_");
    let operations = [
        ("get", &mut item.get),
        ("put", &mut item.put),
        ("post", &mut item.post),
        ("delete", &mut item.delete),
        ("patch", &mut item.patch),
    ];
    for (method, operation) in operations {
        if let Some(operation) = operation {
            operation.operation_id = Some(format!("{method}_{noun}"));
        }
    }
}
