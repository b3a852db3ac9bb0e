// What people add: notes and marks on a call, saved views.
#include <cmath>

#include "api/exchange_internal.h"
#include "crypto/crypto.h"

namespace ew::api {
namespace {

json seconds_json(const std::optional<int64_t>& us) {
  return us ? json(static_cast<double>(*us) * 1e-6) : json();
}

json note_json(const Exchange& exchange, const db::AnnotationRow& row) {
  return {{"note_id", row.annotation_id.text()},
          {"call_id", row.call_id.text()},
          {"from_seconds", seconds_json(row.content.from_us)},
          {"to_seconds", seconds_json(row.content.to_us)},
          {"kind", row.content.kind},
          {"text", row.content.text},
          {"author", row.author_name},
          {"own", row.author == exchange.who.account},
          {"created_at", to_rfc3339(row.created_at)},
          {"updated_at", to_rfc3339(row.updated_at)}};
}

std::optional<Problem> content_of(const json& body, db::AnnotationContent& content) {
  constexpr double kLongest = 7 * 24 * 3600;
  for (auto [name, us] :
       {std::pair("from_seconds", &content.from_us), std::pair("to_seconds", &content.to_us)}) {
    auto found = body.find(name);
    if (found == body.end() || found->is_null()) continue;
    double seconds = found->get<double>();
    if (seconds < 0 || seconds > kLongest) return bad_request(name, "a place within the call");
    *us = std::llround(seconds * 1e6);
  }
  if (content.to_us && (!content.from_us || *content.to_us < *content.from_us))
    return bad_request("to_seconds", "a place behind from_seconds");
  content.kind = body.at("kind");
  content.text = body.at("text");
  if (content.kind == "note" && content.text.empty()) return bad_request("text", "some text");
  return std::nullopt;
}

Answer list_notes(Exchange& exchange) {
  json notes = json::array();
  for (const auto& row :
       TRY(exchange.parts.workspace.annotations().list(exchange.tenant(), exchange.id<CallId>("call_id"))))
    notes.push_back(note_json(exchange, row));
  return json{{"notes", notes}};
}

Answer add_note(Exchange& exchange) {
  db::AnnotationRow row;
  if (auto problem = content_of(exchange.body, row.content)) return *problem;
  row.tenant = exchange.tenant();
  row.call_id = exchange.id<CallId>("call_id");
  auto log = TRY(exchange.parts.call_logs.take());
  if (!TRY(log->find(row.tenant, row.call_id))) return not_found("call");
  row.created_at = row.updated_at = exchange.parts.clock.wall();
  row.annotation_id = db::AnnotationId(crypto::random_uuid(row.created_at));
  row.author = exchange.who.account;
  row.author_name = exchange.who.display_name;
  TRY(exchange.parts.workspace.annotations().add(row));
  return {note_json(exchange, row), 201};
}

db::Annotations::Key key_of(const Exchange& exchange) {
  return {exchange.tenant(), exchange.id<CallId>("call_id"), exchange.id<db::AnnotationId>("note_id"),
          exchange.who.account};
}

Answer change_note(Exchange& exchange) {
  db::AnnotationContent content;
  if (auto problem = content_of(exchange.body, content)) return *problem;
  auto& annotations = exchange.parts.workspace.annotations();
  // Undoing a removal is writing the note again.
  TRY(annotations.restore(key_of(exchange), exchange.parts.clock.wall()));
  auto row = TRY(annotations.change(key_of(exchange), content, exchange.parts.clock.wall()));
  if (!row) return not_found("note of yours");
  return note_json(exchange, *row);
}

Answer remove_note(Exchange& exchange) {
  if (!TRY(exchange.parts.workspace.annotations().remove(key_of(exchange), exchange.parts.clock.wall())))
    return not_found("note of yours");
  return nothing();
}

json view_json(const db::ViewRow& view) {
  return {{"view_id", view.view_id.text()}, {"name", view.name}, {"query", view.query}};
}

Answer list_views(Exchange& exchange) {
  json views = json::array();
  for (const auto& view : TRY(exchange.parts.workspace.views().list(exchange.who.account)))
    views.push_back(view_json(view));
  return json{{"views", views}};
}

Answer add_view(Exchange& exchange) {
  db::ViewRow view;
  view.created_at = exchange.parts.clock.wall();
  view.view_id = db::ViewId(crypto::random_uuid(view.created_at));
  view.account_id = exchange.who.account;
  view.name = exchange.body.at("name");
  view.query = exchange.body.at("query");
  TRY(exchange.parts.workspace.views().add(view));
  return {view_json(view), 201};
}

Answer remove_view(Exchange& exchange) {
  if (!TRY(exchange.parts.workspace.views().remove(exchange.who.account, exchange.id<db::ViewId>("view_id"))))
    return not_found("view of yours");
  return nothing();
}

}  // namespace

void add_note_routes(Routes& routes) {
  routes.handlers.insert({{"listNotes", list_notes},
                          {"addNote", add_note},
                          {"changeNote", change_note},
                          {"removeNote", remove_note},
                          {"listViews", list_views},
                          {"addView", add_view},
                          {"removeView", remove_view}});
}

}  // namespace ew::api
