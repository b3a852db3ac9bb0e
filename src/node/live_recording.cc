#include "node/live_recording.h"

#include <linux/filter.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <chrono>
#include <future>

#include "call/call.h"
#include "call/recording_session.h"
#include "call/roster.h"
#include "crypto/crypto.h"
#include "sip/message.h"

namespace ew::node {
namespace {

constexpr size_t kLivePacketsAtOnce = 2'048;  // of one source, then the next has its turn
constexpr int kWaitMs = 20;                   // until time is let pass
constexpr int64_t kLagNs = 100 * kNsPerMs;    // a ring gives packets so much later, at most
constexpr int64_t kLookNs = 100 * kNsPerMs;
constexpr int64_t kCountNs = kNsPerSec;
constexpr int64_t kNoteDropsNs = kNsPerSec;
constexpr int64_t kComplainNs = 60 * kNsPerSec;
constexpr auto kAnswerWithin = std::chrono::milliseconds(500);
constexpr auto kTryAgain = std::chrono::seconds(1);
constexpr uint64_t kJournalHeadroom = 64 * 1024 * 1024;  // so that handing over never waits
constexpr size_t kMaxFindings = 32;                      // that are shown of a call
constexpr size_t kMaxOwnPairs = 65'536;
constexpr uint32_t kSessions = 0;              // PacketRef::capture of what comes out of sessions' sockets
constexpr uint32_t kSessionRing = UINT32_MAX;  // and out of their ring
constexpr uint32_t kHep = 0x8000'0000;         // and, from here on, of what agents send

// A socket whose media is taken from a ring is to keep none of it.
void drop_all(int socket) {
  sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
  sock_fprog program{1, &nothing};
  (void)::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

std::string_view kind_of(capture::HepReport::Kind kind) {
  switch (kind) {
    case capture::HepReport::Kind::kRtcp:
      return "hep_rtcp";
    case capture::HepReport::Kind::kQuality:
      return "hep_quality";
    case capture::HepReport::Kind::kLog:
      break;
  }
  return "hep_log";
}

// What a call's first witness does not have, the later one may.
void add_witness(LiveCall& first, LiveCall later) {
  if (!first.media_part && later.media_part) {
    first.recording_id = later.recording_id;
    first.recording_state = later.recording_state;
    first.media_part = later.media_part;
    first.witness = std::move(later.witness);
    first.streams = std::move(later.streams);
  }
  for (auto field :
       {&LiveCall::caller_number, &LiveCall::caller_name, &LiveCall::called_number, &LiveCall::called_name})
    if (!(first.*field)) first.*field = std::move(later.*field);
  if (!first.answer_at) first.answer_at = later.answer_at;
  // What one of them still stores is not paused.
  if (first.paused_by.empty() || later.paused_by.empty()) first.paused_by.clear();
  first.is_stopped = first.is_stopped && later.is_stopped;
  std::ranges::move(later.sessions, std::back_inserter(first.sessions));
  std::ranges::move(later.findings, std::back_inserter(first.findings));
}

}  // namespace

// Ids of what is live are random: nobody will bring the same packets again.
class LiveRecording::Ids : public call::Ids {
 public:
  CallId call_id(const Datagram& first, std::string_view, std::optional<CallId> witnessed) override {
    return witnessed ? *witnessed : CallId(crypto::random_uuid(first.at));
  }
  // A communication session that a recorder before this one was recording when it died is the same call.
  CallId call_id_of_session(const Datagram& first, const std::vector<std::string>& ids,
                            std::optional<CallId> witnessed) override {
    std::optional<CallId> before = known ? known->take(ids) : std::nullopt;
    const CallId call = before ? *before : call_id(first, {}, witnessed);
    if (known) known->add(ids, call);
    return call;
  }
  InteractionId interaction_id(CallId first_call) override { return InteractionId(first_call); }
  std::string source_detail(const Datagram& first) override {
    if (first.ref.capture == kSessions) return peer;
    if (is_of_agent(first)) return hep ? hep->name_of(first.ref.capture) : "hep";
    auto found = names.find(first.ref.capture);
    return found == names.end() ? "" : found->second;
  }
  std::optional<SourceKind> source(const Datagram& first) override {
    return is_of_agent(first) ? std::optional(SourceKind::kHep) : std::nullopt;
  }
  static bool is_of_agent(const Datagram& datagram) {
    return datagram.ref.capture >= kHep && datagram.ref.capture != kSessionRing;
  }
  const capture::HepSource* hep = nullptr;
  std::map<uint32_t, std::string> names;  // of interfaces
  std::string peer;                       // whose recording session is being followed
  std::unique_ptr<KnownSessions> known;
};

class LiveRecording::Interface : public capture::DatagramSink {
 public:
  Interface(LiveRecording& to, std::string its_name, bool is_any, uint32_t its_number,
            std::unique_ptr<capture::RingSource> its_ring)
      : name(std::move(its_name)), sees_all(is_any), number(its_number), ring(std::move(its_ring)), to_(to) {}
  void prepare(std::span<const Datagram> coming) override { to_.prepare(coming); }
  void on_datagram(const Datagram& datagram) override { to_.take_captured(datagram); }

  const std::string name;
  const bool sees_all;
  const uint32_t number;  // PacketRef::capture
  const std::unique_ptr<capture::RingSource> ring;
  std::string trouble;

 private:
  LiveRecording& to_;
};

class LiveRecording::SessionMedia : public capture::DatagramSink {
 public:
  SessionMedia(LiveRecording& to, std::unique_ptr<capture::SocketSource> sockets)
      : source(std::move(sockets)), to_(to) {}
  void on_datagram(const Datagram& datagram) override { to_.take_of_session(datagram); }
  const std::unique_ptr<capture::SocketSource> source;

 private:
  LiveRecording& to_;
};

// Media of recording sessions as the kernel has it for all of their ports together.
class LiveRecording::SessionRing : public capture::DatagramSink {
 public:
  SessionRing(LiveRecording& to, std::unique_ptr<capture::RingSource> its_ring)
      : ring(std::move(its_ring)), to_(to) {}
  void prepare(std::span<const Datagram> coming) override { to_.prepare(coming); }
  void on_datagram(const Datagram& datagram) override { to_.take_of_session(datagram); }
  const std::unique_ptr<capture::RingSource> ring;

 private:
  LiveRecording& to_;
};

class LiveRecording::Hep : public capture::HepSink {
 public:
  Hep(LiveRecording& to, std::unique_ptr<capture::HepSource> its_source)
      : source(std::move(its_source)), to_(to) {}
  void on_datagram(const Datagram& datagram) override { to_.take_of_agent(datagram); }
  void on_report(const capture::HepReport& report) override { to_.take_report(report); }
  const std::unique_ptr<capture::HepSource> source;

 private:
  LiveRecording& to_;
};

LiveRecording::LiveRecording(Surroundings around)
    : around_(std::move(around)),
      wake_up_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      ids_(std::make_unique<Ids>()) {}

LiveRecording::~LiveRecording() { stop(); }

void LiveRecording::start() {
  thread_ = std::thread([this] { work(); });
}

void LiveRecording::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  orders_came_.notify_all();
  wake();
  if (thread_.joinable()) thread_.join();
}

void LiveRecording::wake() {
  const uint64_t one = 1;
  (void)!::write(wake_up_.get(), &one, sizeof one);
}

void LiveRecording::command(Command command) {
  {
    std::lock_guard lock(mutex_);
    commands_.push_back(std::move(command));
  }
  wake();
}

void LiveRecording::set_orders(RecordingOrders orders) {
  {
    std::lock_guard lock(mutex_);
    if (orders_ == orders) return;
    const bool are_first = !orders_;
    orders_ = orders;
    if (!are_first) commands_.push_back([this, orders] { apply(orders); });
  }
  orders_came_.notify_all();
  wake();
}

void LiveRecording::add_interface(const std::string& name, capture::PacketSocket socket) {
  auto shared = std::make_shared<capture::PacketSocket>(std::move(socket));
  command([this, name, shared] {
    const bool is_any = shared->interface_index == 0;
    auto before = interfaces_.find(name);
    const uint32_t number = before == interfaces_.end() ? ++next_number_ : before->second->number;
    auto ring = capture::RingSource::open(std::move(*shared), number);
    if (!ring.ok()) {
      around_.log.error("An interface cannot be read",
                        {{"interface", name}, {"reason", ring.error().message()}});
      return;
    }
    ids_->names[number] = name;
    if (before != interfaces_.end()) dropped_before_ += before->second->ring->counters().dropped;
    interfaces_[name] = std::make_unique<Interface>(*this, name, is_any, number, std::move(*ring));
    around_.log.notice("Capturing", {{"interface", name}});
  });
}

void LiveRecording::add_session_media(capture::PacketSocket socket) {
  auto shared = std::make_shared<capture::PacketSocket>(std::move(socket));
  command([this, shared] {
    auto ring = capture::RingSource::open(std::move(*shared), kSessionRing);
    if (ring.ok())
      session_ring_ = std::make_unique<SessionRing>(*this, std::move(*ring));
    else
      around_.log.warning("Media of recording sessions is read socket by socket",
                          {{"reason", ring.error().message()}});
  });
}

void LiveRecording::add_hep(const Endpoint& local, Transport transport, Descriptor socket) {
  auto shared = std::make_shared<Descriptor>(std::move(socket));
  command([this, local, transport, shared] {
    Status added;
    if (!hep_) {
      auto source = capture::HepSource::create(around_.hep, around_.host.clock(), kHep);
      if (source.ok())
        hep_ = std::make_unique<Hep>(*this, std::move(*source));
      else
        added = std::move(source).error();
    }
    if (hep_) {
      ids_->hep = hep_->source.get();
      added = hep_->source->add(std::move(*shared), local, transport);
    }
    if (!added.ok())
      around_.log.error("HEP cannot be taken",
                        {{"address", local.text()}, {"reason", added.error().message()}});
  });
}

std::vector<capture::HepAgent> LiveRecording::hep_agents() {
  using Agents = std::vector<capture::HepAgent>;
  return ask<Agents>([this] { return hep_ ? hep_->source->agents() : Agents(); }).value_or(Agents());
}

// Another thread's question, answered on ours; nothing if that takes too long.
template <typename Answer>
std::optional<Answer> LiveRecording::ask(std::function<Answer()> question) {
  if (!thread_.joinable()) return std::nullopt;
  auto promise = std::make_shared<std::promise<Answer>>();
  auto answer = promise->get_future();
  command([question = std::move(question), promise] { promise->set_value(question()); });
  if (answer.wait_for(kAnswerWithin) != std::future_status::ready) return std::nullopt;
  return answer.get();
}

LiveCalls LiveRecording::calls() {
  return ask<LiveCalls>([this] { return list_calls(); }).value_or(LiveCalls{});
}

Result<journal::FramePlaces> LiveRecording::frames_of(PartId part, uint64_t first, size_t most) {
  using Found = Result<journal::FramePlaces>;
  auto found = ask<Found>([=, this] { return chain_->frames_of(part, first, most); });
  return found ? std::move(*found) : Found(Error(ErrorCode::kBusy, "the recorder does not answer"));
}

Result<std::vector<std::string>> LiveRecording::act_on(CallId call, call::RecordingAct act) {
  using Sessions = std::optional<std::vector<std::string>>;
  auto sessions = ask<Sessions>([=, this]() -> Sessions {
    if (!chain_->engine().act_on(call, act, now())) return std::nullopt;
    return sessions_to_tell(call, act);
  });
  if (!sessions) return Error(ErrorCode::kBusy, "the recorder does not answer");
  if (!*sessions) return Error(ErrorCode::kNotFound, "this call does not go on, or is not recorded any more");
  return std::move(**sessions);
}

// A session that brings other calls too goes on for them.
std::vector<std::string> LiveRecording::sessions_to_tell(CallId wanted, call::RecordingAct act) {
  std::vector<std::string> told;
  chain_->engine().each_call([&](call::Call& call) {
    if (call.record.call_id != wanted || call.ended) return;
    for (const call::RecordingSession* session : call.sessions) {
      bool others = std::any_of(session->members.begin(), session->members.end(), [&](const auto& member) {
        return member.call != &call && !member.call->ended && !member.call->pause.is_on();
      });
      if (session->has_ended || (others && act != call::RecordingAct::kResume)) continue;
      told.push_back(session->leg.sip_call_id);
      if (act == call::RecordingAct::kPause) paused_sessions_.insert(told.back());
      if (act == call::RecordingAct::kResume) paused_sessions_.erase(told.back());
    }
  });
  return told;
}

// The next call of a persistent session (RFC 7866 section 10) is recorded though somebody forgot to resume
// the one before.
void LiveRecording::resume_sessions() {
  std::unordered_set<std::string> still;
  std::vector<std::string> resumed;
  chain_->engine().each_call([&](call::Call& call) {
    for (const call::RecordingSession* session : call.sessions) {
      if (session->has_ended || !paused_sessions_.contains(session->leg.sip_call_id)) continue;
      if (!call.ended && !call.pause.is_on() &&
          std::any_of(session->members.begin(), session->members.end(),
                      [&](const auto& m) { return m.call == &call; }))
        resumed.push_back(session->leg.sip_call_id);
      else
        still.insert(session->leg.sip_call_id);
    }
  });
  for (const std::string& session : resumed) {
    still.erase(session);
    if (to_resume_) to_resume_(session);
  }
  paused_sessions_ = std::move(still);
}

void LiveRecording::resume_by(ToResume to_resume) {
  command([this, to_resume = std::move(to_resume)] { to_resume_ = to_resume; });
}

void LiveRecording::on_signalling(const srs::SessionName& session, const Datagram& datagram,
                                  std::function<void()> durable) {
  {
    std::lock_guard lock(mutex_);
    if (queued_bytes_ + datagram.payload.size() > around_.limits.queued_bytes) {
      // It will not be durable, so nothing is promised to the peer.
      ++dropped_queue_;
      return;
    }
    FromSession& one = from_sessions_.emplace_back();
    one.bytes.assign(datagram.payload.begin(), datagram.payload.end());
    one.datagram = datagram;
    one.peer = session.peer;
    one.durable = std::move(durable);
    queued_bytes_ += datagram.payload.size();
  }
  wake();
}

void LiveRecording::on_media_port(const srs::MediaPort& port) {
  const WallTime since = now();
  {
    std::lock_guard lock(mutex_);
    FromSession& one = from_sessions_.emplace_back();
    one.port = port;
    one.datagram.at = since;
  }
  wake();
}

void LiveRecording::on_refusal(const srs::Refusal& refusal) {
  if (around_.on_refusal) around_.on_refusal(refusal);
}

void LiveRecording::report_to(Receptions receptions) {
  command([this, receptions = std::move(receptions)] { receptions_ = receptions; });
}

bool LiveRecording::wait_for_orders(RecordingOrders& orders) {
  std::unique_lock lock(mutex_);
  orders_came_.wait(lock, [this] { return orders_ || stopping_; });
  if (stopping_) return false;
  orders = *orders_;
  return true;
}

std::unique_ptr<RecordingChain> LiveRecording::open_chain(const RecordingOrders& orders) {
  ChainSettings settings;
  settings.ack_log_path = around_.ack_log_path;
  settings.journal.max_pending_bytes = around_.limits.journal_bytes + kJournalHeadroom;
  settings.recorder.record = orders.record;
  settings.recorder.record_reason = orders.reason;
  settings.recorder.witness = "live: ";
  settings.recorder.clock_source = part::ClockSource::kSystem;
  settings.recorder.max_recorded = around_.max_calls;
  settings.recording_ids = [this](CallId) { return RecordingId(crypto::random_uuid(now())); };
  settings.calls.source = SourceKind::kPassive;
  settings.calls.withheld_metadata = around_.withheld_metadata;
  settings.recorder.closed = [this](const call::Call& call) {
    if (ids_->known && call.roster) ids_->known->remove(call.record.call_id);
  };
  while (!stopping_) {
    auto chain = RecordingChain::open(around_.host, settings, *ids_);
    if (chain.ok()) return std::move(*chain);
    around_.log.error("Recording cannot begin, and is tried again", {{"reason", chain.error().message()}});
    std::unique_lock lock(mutex_);
    orders_came_.wait_for(lock, kTryAgain, [this] { return stopping_.load(); });
  }
  return nullptr;
}

void LiveRecording::work() {
  pthread_setname_np(pthread_self(), "live");
  RecordingOrders orders;
  if (!wait_for_orders(orders)) return;
  open_known_sessions();
  chain_ = open_chain(orders);
  if (!chain_) return;
  around_.log.notice("Recording live",
                     {{"media", orders.record ? "recorded" : "not recorded"}, {"why", orders.reason}});
  chain_->use_kek(orders.kek);
  while (!stopping_) round();
  finish();
}

void LiveRecording::open_known_sessions() {
  if (around_.sessions_path.empty()) return;
  ids_->known = std::make_unique<KnownSessions>(around_.host.env(), around_.sessions_path, now());
  if (!ids_->known->status().ok())
    around_.log.warning("Recording sessions will not be joined to their calls after a crash",
                        {{"reason", ids_->known->status().error().message()}});
}

void LiveRecording::round() {
  wait_for_work();
  obey();
  is_journal_full_ = chain_->pending_bytes() >= around_.limits.journal_bytes;
  // First what the sessions said: media that it announces may be in the sources already.
  if (!is_journal_full_) take_from_sessions();
  read_sources();
  answer_those_who_wait();
  let_time_pass();
}

void LiveRecording::wait_for_work() {
  std::vector<pollfd> waited = {{wake_up_.get(), POLLIN, 0}};
  for (const auto& [name, interface] : interfaces_)
    waited.push_back({interface->ring->descriptor(), POLLIN, 0});
  if (session_ring_) waited.push_back({session_ring_->ring->descriptor(), POLLIN, 0});
  if (media_) waited.push_back({media_->source->descriptor(), POLLIN, 0});
  if (hep_) waited.push_back({hep_->source->descriptor(), POLLIN, 0});
  ::poll(waited.data(), waited.size(), has_more_ ? 0 : kWaitMs);
  uint64_t count;
  if (waited[0].revents) (void)!::read(wake_up_.get(), &count, sizeof count);
}

void LiveRecording::obey() {
  std::vector<Command> commands;
  {
    std::lock_guard lock(mutex_);
    commands.swap(commands_);
  }
  for (const Command& one : commands) one();
}

void LiveRecording::apply(const RecordingOrders& orders) {
  chain_->use_kek(orders.kek);
  chain_->recorder().set_policy(orders.record, orders.reason, now());
  around_.log.notice("Recording was switched",
                     {{"media", orders.record ? "recorded" : "not recorded"}, {"why", orders.reason}});
}

void LiveRecording::take_from_sessions() {
  std::vector<FromSession> taken;
  {
    std::lock_guard lock(mutex_);
    taken.swap(from_sessions_);
    queued_bytes_ = 0;
  }
  for (FromSession& one : taken) {
    if (one.port) {
      set_port(*one.port, one.datagram.at);
      continue;
    }
    one.datagram.payload = one.bytes;
    one.datagram.ref = {kSessions, 0, 0};
    if (own_signalling_.size() >= kMaxOwnPairs) own_signalling_.clear();
    own_signalling_.insert(AddressPair(one.datagram));
    ids_->peer = std::move(one.peer);
    chain_->recorder().remember_logs(one.durable != nullptr);
    take(one.datagram);
    if (!one.durable) continue;
    waiting_.push_back(std::move(one.durable));
  }
  chain_->recorder().remember_logs(false);
  if (!taken.empty() && !paused_sessions_.empty()) resume_sessions();
}

void LiveRecording::set_port(const srs::MediaPort& port, WallTime since) {
  if (port.state == srs::MediaPort::State::kClosed) {
    const MediaPorts::Refused* refused = ports_.refused(port.local);
    if (refused && refused->foreign > 0)
      around_.log.warning("Packets from a foreign source were refused",
                          {{"port", port.local.text()},
                           {"session", std::to_string(port.session)},
                           {"packets", std::to_string(refused->foreign)}});
  }
  ports_.set(port, since, open_port(port));
}

// The source that its media comes from.
uint32_t LiveRecording::open_port(const srs::MediaPort& port) {
  if (media_ && media_->source->has(port.local)) return kSessions;
  std::optional<uint32_t> ring;
  if (session_ring_) ring = kSessionRing;
  for (const auto& [name, interface] : interfaces_)
    if (interface->sees_all) ring = interface->number;
  if (ring) {
    if (port.socket >= 0 && !ports_.is_known(port.local)) drop_all(port.socket);
    return *ring;
  }
  if (port.socket < 0) return kSessions;
  if (!media_) {
    auto source = capture::SocketSource::create(kSessions);
    if (source.ok()) media_ = std::make_unique<SessionMedia>(*this, std::move(*source));
  }
  // It stays in the source while it is closed: what comes late must not wait in it for the next session. The
  // SIP server keeps it open for as long as we read.
  Status added = media_ ? media_->source->add(port.socket, port.local)
                        : Status(Error(ErrorCode::kIo, "no more descriptors"));
  if (!added.ok())
    around_.log.error("A media port cannot be read",
                      {{"port", port.local.text()}, {"reason", added.error().message()}});
  return kSessions;
}

void LiveRecording::read_sources() {
  has_more_ = false;
  if (hep_) (void)read_source(*hep_->source, *hep_);  // it announces media
  for (const auto& [name, interface] : interfaces_) read_interface(*interface);
  auto read = [this](capture::Source& source, capture::DatagramSink& sink) {
    auto more = read_source(source, sink);
    has_more_ |= more.ok() && *more;
  };
  if (session_ring_) read(*session_ring_->ring, *session_ring_);
  if (media_) read(*media_->source, *media_);
}

void LiveRecording::read_interface(Interface& interface) {
  auto more = read_source(*interface.ring, interface);
  std::string trouble = more.ok() ? "" : more.error().message();
  has_more_ |= more.ok() && *more;
  if (trouble == interface.trouble) return;
  interface.trouble = trouble;
  if (!trouble.empty())
    around_.log.warning("An interface gives nothing", {{"interface", interface.name}, {"reason", trouble}});
}

// Whether more waits there.
Result<bool> LiveRecording::read_source(capture::Source& source, capture::DatagramSink& sink) {
  const uint64_t before = source.counters().packets;
  TRY(source.run(sink, kLivePacketsAtOnce));
  return source.counters().packets - before >= kLivePacketsAtOnce;
}

void LiveRecording::take_captured(const Datagram& datagram) {
  if (is_journal_full_) return give_up(datagram);
  if (!ports_.empty() && take_of_session(datagram)) return;
  if (!own_signalling_.empty() && is_own_signalling(datagram)) return;
  take(datagram);
}

// False if it has nothing to do with a session's ports.
bool LiveRecording::take_of_session(const Datagram& datagram) {
  if (is_journal_full_) {
    give_up(datagram);
    return true;
  }
  const MediaPorts::Verdict verdict = ports_.judge(datagram);
  ++verdicts_[static_cast<size_t>(verdict)];
  if (verdict == MediaPorts::Verdict::kAdmitted) take(datagram);
  return verdict != MediaPorts::Verdict::kOther;
}

// SIP as an agent saw it, beside or instead of what an interface shows.
void LiveRecording::take_of_agent(const Datagram& datagram) {
  if (is_journal_full_) return give_up(datagram);
  if (!own_signalling_.empty() && is_own_signalling(datagram)) return;
  take(datagram);
}

void LiveRecording::take_report(const capture::HepReport& report) {
  ++hep_reports_;
  if (is_journal_full_) return;
  const std::string who = "agent " + std::to_string(report.agent_id);
  const bool has_call =
      chain_->engine().note(report.call_id, {report.at, kind_of(report.kind), who, report.text});
  if (!has_call) ++hep_reports_of_no_call_;
}

void LiveRecording::give_up(const Datagram& datagram) {
  ++dropped_journal_;
  chain_->engine().note_drops(LossPlace::kRecorder, datagram.at, datagram.at, 1);
}

bool LiveRecording::is_own_signalling(const Datagram& datagram) const {
  return own_signalling_.contains(AddressPair(datagram)) && sip::looks_like_sip(datagram.payload);
}

// Nobody is held back to be gathered with others: what comes while the journal syncs waits in its queue, and
// all of it is in the next sync. To hold it back longer would cost a sync more.
void LiveRecording::answer_those_who_wait() {
  if (waiting_.empty()) return;
  chain_->recorder().seal_logs();
  chain_->recorder().when_acknowledged([waiting = std::move(waiting_)] {
    for (const auto& durable : waiting) durable();
  });
  waiting_.clear();
  chain_->recorder().commit();
}

void LiveRecording::let_time_pass() {
  const WallTime at = now();
  chain_->engine().advance(at + -kLagNs);
  chain_->tick_when_due(at);
  chain_->commit_when_due();
  const int64_t monotonic = around_.host.clock().monotonic_ns();
  if (monotonic - looked_at_ns_ >= kLookNs) {
    looked_at_ns_ = monotonic;
    note_drops();
  }
  if (monotonic - counted_at_ns_ < kCountNs) return;
  counted_at_ns_ = monotonic;
  report_receptions();
  count();
}

// What was dropped since the last look was dropped since then. A call that had media in that time may have
// lost some of it; which call's packets they were nobody knows.
void LiveRecording::note_drops() {
  uint64_t dropped = dropped_before_;
  for (const auto& [name, interface] : interfaces_) {
    interface->ring->count_drops();
    dropped += interface->ring->counters().dropped;
  }
  if (session_ring_) {
    session_ring_->ring->count_drops();
    dropped += session_ring_->ring->counters().dropped;
  }
  if (media_) dropped += media_->source->counters().dropped;
  const WallTime at = now();
  if (dropped > dropped_by_kernel_ && kernel_looked_at_.ns != 0)
    chain_->engine().note_drops(LossPlace::kCapture, kernel_looked_at_ + -kLagNs, at,
                                dropped - dropped_by_kernel_);
  dropped_by_kernel_ = dropped;
  kernel_looked_at_ = at;
  dropped += dropped_journal_;
  dropped_ = dropped + dropped_queue_ + (hep_ ? hep_->source->counters().dropped : 0);
  if (drops_noted_at_.ns == 0) drops_noted_at_ = at;
  if (dropped == drops_noted_) {
    drops_noted_at_ = at;
    return;
  }
  if (at - drops_noted_at_ < kNoteDropsNs) return;
  const std::string detail =
      std::to_string(dropped - drops_noted_) + " packets of all calls dropped until " + to_rfc3339(at);
  chain_->engine().each_call([&](call::Call& call) {
    if (!call.ended && call.had_media && call.last_media >= drops_noted_at_ + -kNoteDropsNs)
      call.add_event(drops_noted_at_, "gap", {}, detail);
  });
  around_.log.warning("Packets were dropped", {{"packets", std::to_string(dropped - drops_noted_)},
                                               {"in_the_journal", std::to_string(dropped_journal_)}});
  drops_noted_ = dropped;
  drops_noted_at_ = at;
}

// Of each stream that comes to a port of a recording session: what receiver reports are made of.
void LiveRecording::report_receptions() {
  if (!receptions_ || ports_.empty()) return;
  const WallTime wall = now();
  const int64_t monotonic = around_.host.clock().monotonic_ns();
  std::vector<srs::Reception> receptions;
  chain_->engine().each_call([&](call::Call& call) {
    if (call.sessions.empty() || call.ended) return;
    for (const auto& stream : call.streams) {
      if (stream->paths.empty()) continue;
      srs::Reception& one = receptions.emplace_back();
      one.local = stream->paths.front().destination;
      one.ssrc = stream->record.ssrc;
      one.packets = stream->statistics.packets();
      one.lost = stream->statistics.lost();
      one.highest_sequence = static_cast<uint32_t>(stream->statistics.extended());
      one.jitter = static_cast<uint32_t>(stream->statistics.jitter_ms() * stream->clock_rate() / 1'000);
      one.last_sr_ntp = stream->sender_report_ntp;
      one.last_sr_monotonic_ns = monotonic - (wall - stream->sender_report_at);
    }
  });
  if (!receptions.empty()) receptions_(std::move(receptions));
}

LiveCalls LiveRecording::list_calls() {
  std::vector<call::Call*> running;
  chain_->engine().each_call([&](call::Call& call) {
    if (!call.ended) running.push_back(&call);
  });
  const auto shown = running.begin() + static_cast<ptrdiff_t>(std::min(running.size(), LiveCalls::kMax));
  std::partial_sort(running.begin(), shown, running.end(), [](const call::Call* a, const call::Call* b) {
    return a->record.start_at > b->record.start_at;
  });
  LiveCalls list;
  std::unordered_set<CallId, IdHash> ids;
  for (const call::Call* call : running) ids.insert(call->record.call_id);
  list.total = ids.size();
  // Of several witnesses of a call the first, which comes last here, speaks for it.
  std::unordered_map<CallId, size_t, IdHash> places;
  std::for_each(running.begin(), shown, [&](call::Call* call) {
    LiveCall live = live_call(*call);
    auto [place, is_new] = places.try_emplace(live.call_id, list.calls.size());
    if (is_new) {
      list.calls.push_back(std::move(live));
    } else {
      LiveCall& later = list.calls[place->second];
      add_witness(live, std::move(later));
      later = std::move(live);
    }
  });
  return list;
}

LiveCall LiveRecording::live_call(call::Call& call) const {
  call.refresh();
  const CallRecord& record = call.record;
  LiveCall live;
  live.call_id = record.call_id;
  live.source = record.source;
  live.source_detail = record.source_detail;
  live.caller_number = record.caller_number;
  live.caller_name = record.caller_name;
  live.called_number = record.called_number;
  live.called_name = record.called_name;
  live.start_at = record.start_at;
  live.answer_at = record.answer_at;
  for (const Leg& leg : record.legs)
    for (const Hold& hold : leg.holds) live.on_hold |= !hold.to;
  recorder::Recorder::Standing standing = chain_->recorder().standing_of(call);
  live.recording_id = standing.recording;
  live.recording_state = standing.state;
  live.media_part = standing.media;
  live.witness = std::move(standing.witness);
  for (const MediaStream& stream : record.streams)
    live.streams.push_back({stream.number, stream.participant, stream.label, stream.media, stream.codec,
                            stream.source, stream.destination, stream.packets, stream.lost, stream.jitter_ms,
                            stream.encrypted, stream.last_at});
  for (const call::RecordingSession* session : call.sessions)
    if (!session->has_ended) live.sessions.push_back(session->leg.sip_call_id);
  live.is_stopped = call.is_stopped;
  for (const call::RecordingSession* session : call.sessions) {
    if (session->has_ended) continue;
    live.paused_by = session->paused_by(call);
    if (live.paused_by.empty()) break;  // by one of several it is heard
  }
  if (call.pause.is_on()) live.paused_by = "recorder";
  for (const call::RecordingSession* session : call.sessions)
    for (const siprec::Finding& finding : session->findings().all())
      if (live.findings.size() < kMaxFindings) live.findings.push_back(finding);
  return live;
}

void LiveRecording::count() {
  count_sources();
  if (hep_) count_hep();
  count_calls();
  count_journal();
}

void LiveRecording::count_sources() {
  metrics::Registry& figures = around_.figures;
  auto count_source = [&](const std::string& name, const capture::SourceCounters& counters) {
    const metrics::Labels labels = {{"source", name}};
    figures.counter("earwitness_capture_packets_total", "Packets read from live sources", labels)
        .set(counters.packets);
    figures.counter("earwitness_capture_bytes_total", "Bytes of these", labels).set(counters.bytes);
    figures
        .counter("earwitness_capture_dropped_total", "Packets that were lost in us, by place",
                 {{"place", "kernel"}, {"source", name}})
        .set(counters.dropped);
  };
  for (const auto& [name, interface] : interfaces_) count_source(name, interface->ring->counters());
  if (session_ring_) count_source("sessions", session_ring_->ring->counters());
  if (hep_) count_source("hep", hep_->source->counters());
  if (media_) count_source(session_ring_ ? "sessions' sockets" : "sessions", media_->source->counters());
  const char* dropped = "Packets that were lost in us, by place";
  figures.counter("earwitness_capture_dropped_total", dropped, {{"place", "journal"}, {"source", "all"}})
      .set(dropped_journal_);
  figures.counter("earwitness_capture_dropped_total", dropped, {{"place", "queue"}, {"source", "sessions"}})
      .set(dropped_queue_);
  const std::pair<MediaPorts::Verdict, const char*> reasons[] = {{MediaPorts::Verdict::kForeign, "foreign"},
                                                                 {MediaPorts::Verdict::kPaused, "paused"},
                                                                 {MediaPorts::Verdict::kClosed, "closed"}};
  for (const auto& [verdict, reason] : reasons)
    figures
        .counter("earwitness_media_refused_total",
                 "Packets to ports of recording sessions that were not taken, by reason",
                 {{"reason", reason}})
        .set(verdicts_[static_cast<size_t>(verdict)]);
}

void LiveRecording::count_hep() {
  metrics::Registry& figures = around_.figures;
  const capture::SourceCounters& counters = hep_->source->counters();
  const uint64_t refused = hep_->source->agents().front().refused;
  complain_of_hep(refused + counters.malformed);
  const std::pair<const char*, uint64_t> results[] = {{"sip", counters.datagrams},
                                                      {"report", hep_reports_},
                                                      {"refused", refused},
                                                      {"malformed", counters.malformed}};
  for (const auto& [result, packets] : results)
    figures
        .counter("earwitness_hep_packets_total", "What agents sent by HEP, by what became of it",
                 {{"result", result}})
        .set(packets);
  figures
      .counter("earwitness_hep_reports_without_call_total",
               "Reports of agents about calls that do not go on here")
      .set(hep_reports_of_no_call_);
  figures.gauge("earwitness_hep_connections", "Agents that are connected over TCP")
      .set(static_cast<double>(hep_->source->connections()));
}

// Once a minute at most: whoever reaches the port can bring this about.
void LiveRecording::complain_of_hep(uint64_t not_taken) {
  const int64_t monotonic = around_.host.clock().monotonic_ns();
  if (not_taken == hep_not_taken_ || monotonic < hep_complain_at_ns_) return;
  hep_complain_at_ns_ = monotonic + kComplainNs;
  const auto& agents = hep_->source->agents();
  const auto last = std::max_element(agents.begin(), agents.end(), [](const auto& one, const auto& other) {
    return one.trouble_at < other.trouble_at;
  });
  around_.log.warning("HEP was not taken", {{"packets", std::to_string(not_taken - hep_not_taken_)},
                                            {"last_from", last->address.text()},
                                            {"why", last->trouble}});
  hep_not_taken_ = not_taken;
}

void LiveRecording::count_calls() {
  metrics::Registry& figures = around_.figures;
  const call::EngineCounters& engine = chain_->engine().counters();
  for (auto [place, lost] :
       {std::pair("before", engine.rtp_lost_before), std::pair("capture", engine.rtp_lost_at_capture),
        std::pair("recorder", engine.rtp_lost_in_recorder)})
    figures
        .counter("earwitness_rtp_lost_total",
                 "RTP packets that calls lack: lost before us, at the capture point, in the recorder",
                 {{"place", place}})
        .set(lost);
  figures.counter("earwitness_rtp_packets_total", "RTP packets of calls").set(engine.rtp_packets);
  figures.counter("earwitness_sip_messages_total", "SIP messages that were understood")
      .set(engine.sip_messages);
  figures.counter("earwitness_calls_not_followed_total", "Calls beyond the bound").set(engine.overload_calls);
  figures.counter("earwitness_calls_refused_total", "Calls that were not recorded for want of room")
      .set(chain_->recorder().figures().refused);
  figures.gauge("earwitness_calls_recorded", "Calls that go on and are recorded")
      .set(static_cast<double>(chain_->recorder().recorded_now()));
  figures.counter("earwitness_calls_total", "Calls that began").set(chain_->recorder().figures().recordings);
  figures
      .counter("earwitness_records_too_large_total", "What was too large to be stored: 0 unless we are wrong")
      .set(chain_->recorder().figures().records_too_large);
  figures.gauge("earwitness_calls_running", "Calls that go on")
      .set(static_cast<double>(chain_->engine().open_calls()));
}

void LiveRecording::count_journal() {
  metrics::Registry& figures = around_.figures;
  figures.gauge("earwitness_journal_pending_bytes", "Recorded and not yet synced")
      .set(static_cast<double>(chain_->pending_bytes()));
  // What was committed now, and when it is durable.
  const int64_t began = around_.host.clock().monotonic_ns();
  metrics::Gauge& delay =
      figures.gauge("earwitness_journal_delay_seconds", "From commit to acknowledgement, last measured");
  chain_->recorder().when_acknowledged([&clock = around_.host.clock(), &delay, began] {
    delay.set(static_cast<double>(clock.monotonic_ns() - began) * 1e-9);
  });
}

void LiveRecording::finish() {
  obey();
  take_from_sessions();
  chain_->engine().finish("recorder_stopped");
  answer_those_who_wait();
  chain_->recorder().commit();
  Status closed = chain_->close();
  if (!closed.ok())
    around_.log.error("The journal could not be closed", {{"reason", closed.error().message()}});
}

}  // namespace ew::node
