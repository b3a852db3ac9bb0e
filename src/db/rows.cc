#include "db/rows.h"

#include <algorithm>
#include <set>

#include "db/facets.h"
#include "db/fold.h"
#include "db/phone.h"
#include "db/row_visitors.h"

namespace ew::db {
namespace {

// The words that a call is found by, the most telling first: the bound may leave the last ones out.
class WordSet {
 public:
  void text(std::string_view text) { folded(fold(stored_text(text))); }
  void optional(const std::optional<std::string>& member) {
    if (member) text(*member);
  }
  void number(const std::optional<std::string>& presented) {
    if (!presented) return;
    folded(number_key(stored_text(*presented)));
    text(*presented);
  }
  const std::set<std::string>& words() const { return words_; }

 private:
  void folded(std::string_view text) {
    if (words_.size() >= kWordsPerCall) return;
    for (std::string& word : words_of(text)) {
      if (words_.size() >= kWordsPerCall) return;
      words_.insert(std::move(word));
    }
  }

  std::set<std::string> words_;
};

std::set<std::string> search_words(const CallRows& rows) {
  const CallRecord& call = rows.call;
  WordSet set;
  set.number(call.caller_number);
  set.number(call.called_number);
  set.optional(call.caller_name);
  set.optional(call.called_name);
  set.number(call.connected_number);
  set.number(call.dialled_digits);
  set.number(call.did);
  set.optional(call.queue);
  for (const Leg& leg : call.legs) {
    set.text(leg.from_name);
    set.text(leg.to_name);
    set.text(leg.user_agent);
    set.text(leg.server);
  }
  for (const std::string& id : call.sip_call_ids) set.text(id);
  for (const ExternalId& id : call.external_ids) set.text(id.value);
  set.text(call.source_detail);
  return set.words();
}

void add_codecs(std::vector<Term>& terms, const std::vector<MediaStream>& streams) {
  for (const MediaStream& stream : streams) {
    if (!stream.codec.empty()) terms.push_back({"codec", fold(stored_text(stream.codec))});
    for (const std::string& codec : stream.codecs) terms.push_back({"codec", fold(stored_text(codec))});
  }
}

}  // namespace

Derived derive(const CallRows& rows) {
  const CallRecord& call = rows.call;
  auto e164 = [](const std::optional<std::string>& number) {
    return number ? e164_of(*number) : std::nullopt;
  };
  auto folded = [](const std::optional<std::string>& name) {
    return name ? std::optional(fold(stored_text(*name))) : std::nullopt;
  };
  Derived derived;
  auto first =
      std::min_element(rows.recordings.begin(), rows.recordings.end(), [](const auto& a, const auto& b) {
        auto key = [](const RecordingRecord& r) {
          return std::tuple(!r.start_at, r.start_at.value_or(WallTime{}).us(), r.recording_id);
        };
        return key(a) < key(b);
      });
  if (first != rows.recordings.end()) derived.recording_state = first->state;
  if (call.end_at) derived.duration_us = call.end_at->us() - call.start_at.us();
  derived.caller_e164 = e164(call.caller_number);
  derived.called_e164 = e164(call.called_number);
  derived.caller_name_folded = folded(call.caller_name);
  derived.called_name_folded = folded(call.called_name);
  derived.facets = facets_of(call, derived.recording_state, derived.duration_us);
  return derived;
}

int64_t day_of(int64_t us) { return us / kUsPerDay; }

std::vector<Term> terms_of(const CallRows& rows) {
  const CallRecord& call = rows.call;
  std::vector<Term> terms;
  for (const std::string& word : search_words(rows)) terms.push_back({"word", word});
  for (const auto* number : {&call.caller_number, &call.called_number, &call.connected_number})
    if (*number) terms.push_back({"number", number_key(stored_text(**number))});
  for (const std::string& id : call.sip_call_ids) terms.push_back({"sip_call_id", stored_text(id)});
  for (const ExternalId& id : call.external_ids) {
    terms.push_back({"external_id", stored_text(id.value)});
    // By which another recorder, or another run, knows the same call: it is looked for as a Call-ID is.
    if (id.kind == "session") terms.push_back({"sip_call_id", stored_text(id.value)});
  }
  for (const Leg& leg : call.legs) terms.push_back({"sip_call_id", stored_text(leg.sip_call_id)});
  for (const RecordingRecord& recording : rows.recordings) {
    add_codecs(terms, recording.streams);
    for (const std::string& sha256 : recording.captures) terms.push_back({"capture", sha256});
  }
  if (rows.recordings.empty()) add_codecs(terms, call.streams);
  std::erase_if(terms, [](const Term& term) { return term.term.empty(); });
  for (Term& term : terms) term.day = day_of(call.start_at.us());
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

}  // namespace ew::db
