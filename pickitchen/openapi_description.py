"""What the API's description says of all operations at once, in Markdown."""

DESCRIPTION = """
Portrait in, emoji clip out. Ids are strings; errors are problem+json with a stable code.

**With each request**

- `Authorization: Bearer` and the access token, where an operation asks for one.
- `Accept-Language`: what titles, names and sentences are told in: `en`, `zh-Hans`, `zh-Hant`, `ja`, `ko` or `es`.
- `X-App-Platform` (`ios` or `android`) and `X-App-Version` (as `1.4.0`): by both an app learns that it is too old (403
  `app_upgrade_required`).
- `X-Request-ID`, if you like: 1 to 64 letters, digits and `.` `_` `-`. Support finds the request by it.

**With each answer**

- `X-Request-ID`, `Content-Language`, `Cache-Control`.
- `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds), where a limit was asked.
- `WWW-Authenticate: Bearer` with a 401.

**For all of it**

- Moments are RFC 3339, UTC, with milliseconds: `2026-11-23T09:00:00.000Z`.
- New fields, operations and values of enums may come any day: ignore what you do not know, as we do in a body.
- The `next_cursor` of a list is for the same list with the same filters.
""".strip()
