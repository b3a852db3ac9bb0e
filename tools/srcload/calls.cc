#include "srcload/calls.h"

#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <queue>
#include <vector>

#include "base/text.h"
#include "base/time.h"
#include "srcload/call.h"
#include "srcload/message.h"
#include "srcload/payload.h"

namespace srcload {
namespace {

using Change = CallsOptions::Change;

constexpr int64_t kMs = ew::kNsPerMs;
constexpr int64_t kT1 = 500 * kMs, kT2 = 4'000 * kMs, kGiveUp = 32'000 * kMs;
constexpr uint32_t kTicks = 20;  // of a millisecond, between two packets of a stream
constexpr const char* kSuite = "AES_CM_128_HMAC_SHA1_80";

struct Timer {
  enum class Kind : uint8_t { kInvite, kChange, kBye, kResend };
  int64_t at_ns;
  uint32_t call;
  Kind kind;
  uint32_t cseq;  // of what is sent again
  bool operator>(const Timer& other) const { return at_ns > other.at_ns; }
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

class Calls {
 public:
  explicit Calls(const CallsOptions& options) : options_(options), calls_(options.calls) {}

  ew::Status open();
  void play();
  ew::Status write_truth() const;
  CallsPlayed played() const;

 private:
  void begin(uint32_t index);
  void change(uint32_t index);
  void end(uint32_t index);
  void ask(uint32_t index, std::string text);
  void resend(uint32_t index, uint32_t cseq);
  void give_up(Call& call, const char* why);
  void hear(std::string_view text);
  void on_response(uint32_t index, const Message& message);
  void on_answer(uint32_t index, const Message& message);
  void on_changed(uint32_t index);
  void on_request(uint32_t index, const Message& message);
  void start_media(uint32_t index);
  void run_timer(const Timer& timer);
  void tick();
  void send_packets(Call& call);
  void send_packet(Call& call, uint32_t stream);
  void flush();
  void wait();
  void at(double seconds, uint32_t index, Timer::Kind kind, uint32_t cseq = 0) {
    timers_.push({now_ns_ + static_cast<int64_t>(seconds * 1e9), index, kind, cseq});
  }
  ew::IpAddress media_of(uint32_t number) const {
    return plus(options_.media, number % options_.media_addresses);
  }
  bool is_over() const { return over_ == calls_.size(); }

  const CallsOptions options_;
  const ew::SystemClock clock_;
  int64_t now_ns_ = 0, next_tick_ms_ = 0;
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<MediaSocket> media_;
  std::vector<Call> calls_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::array<std::vector<uint32_t>, kTicks> sending_;  // by the millisecond in which they send
  size_t over_ = 0, up_ = 0, up_most_ = 0;
  size_t sending_now_ = 0;
  uint64_t late_packets_ = 0, forged_ = 0;
  int64_t late_ms_max_ = 0;
  double took_s_ = 0;
};

ew::Status Calls::open() {
  for (uint32_t i = 0; i < std::max(options_.connections, 1u); ++i)
    channels_.push_back(TRY(Channel::open(options_.transport, {options_.from, 0}, options_.to)));
  for (uint16_t i = 0; i < 2 && options_.has_media; ++i)
    media_.push_back(TRY(MediaSocket::open(static_cast<uint16_t>(options_.media_port + 2 * i))));
  return {};
}

void Calls::play() {
  now_ns_ = clock_.monotonic_ns();
  const int64_t began = now_ns_;
  next_tick_ms_ = now_ns_ / kMs;
  for (uint32_t i = 0; i < calls_.size(); ++i) at(i / options_.rate, i, Timer::Kind::kInvite);
  while (!is_over()) {
    wait();
    now_ns_ = clock_.monotonic_ns();
    tick();
    while (!timers_.empty() && timers_.top().at_ns <= now_ns_) {
      const Timer timer = timers_.top();
      timers_.pop();
      run_timer(timer);
    }
    for (auto& channel : channels_) {
      if (channel->receive([this](std::string_view text) { hear(text); })) continue;
      for (Call& call : calls_)
        if (call.channel == channel.get()) give_up(call, "the connection is gone");
    }
    flush();
  }
  took_s_ = static_cast<double>(clock_.monotonic_ns() - began) / 1e9;
}

void Calls::wait() {
  std::vector<pollfd> waited;
  for (auto& channel : channels_) waited.push_back({channel->descriptor(), POLLIN, 0});
  const int64_t now = clock_.monotonic_ns();
  int64_t until = timers_.empty() ? now + 100 * kMs : timers_.top().at_ns;
  if (sending_now_ > 0) until = std::min(until, next_tick_ms_ * kMs);
  const int64_t rest = std::max<int64_t>(until - now, 0);
  const timespec timeout{rest / 1'000'000'000, rest % 1'000'000'000};
  ::ppoll(waited.data(), waited.size(), &timeout, nullptr);
}

// ---- Requests of ours ----

void Calls::begin(uint32_t index) {
  Call& call = calls_[index];
  call.number = index + 1;
  call.channel = channels_[index % channels_.size()].get();
  DialogText::Identity who;
  who.seed = options_.seed;
  who.session = call.number;
  who.transport = options_.transport;
  who.from = call.channel->local();
  who.to = options_.to;
  who.media = media_of(call.number);
  for (uint32_t stream = 0; stream < 2; ++stream) {
    who.ports[stream] =
        options_.offers_lines ? static_cast<uint16_t>(options_.media_port + 2 * stream) : uint16_t{0};
    call.ssrc[stream] = ssrc_of(options_.seed, call.number, stream);
    call.first[stream] = first_sequence(call.number, stream);
    if (!options_.is_encrypted) continue;
    callgen::Random random(uint64_t{options_.seed} << 33 | call.number << 1 | stream);
    call.srtp[stream] = std::make_unique<callgen::SrtpSender>(kSuite, random);
    who.crypto[stream] = call.srtp[stream]->crypto_attribute();
  }
  call.source_ip = address_number(who.media);
  call.dialog = std::make_unique<DialogText>(std::move(who));
  ask(index, call.dialog->invite());
}

void Calls::change(uint32_t index) {
  Call& call = calls_[index];
  if (call.state != Call::State::kUp || call.pending) return;
  const bool is_pause = options_.change != Change::kRefresh && call.changes == 0;
  ++call.changes;
  if (options_.change != Change::kRefresh) {
    if (is_pause)
      call.pause = Pause{call.packets, 0, 0, 0};
    else
      call.pause->resume_asked = call.packets;
  }
  const Offer paused = options_.change == Change::kInactive ? Offer::kInactive : Offer::kZeroAddress;
  ask(index, call.dialog->invite(is_pause ? paused : Offer::kSending));
}

void Calls::end(uint32_t index) {
  Call& call = calls_[index];
  if (call.state != Call::State::kUp) return;
  if (call.pending) return at(0.1, index, Timer::Kind::kBye);
  if (call.is_sending) --sending_now_;
  call.is_sending = false;
  call.state = Call::State::kEnding;
  --up_;
  ask(index, call.dialog->bye());
}

void Calls::ask(uint32_t index, std::string text) {
  Call& call = calls_[index];
  call.channel->send(text);
  // What a session waits for is measured from here, not from the beginning of this round.
  call.pending = Pending{std::move(text), call.dialog->cseq(), clock_.monotonic_ns(), kT1};
  at(static_cast<double>(kT1) / 1e9, index, Timer::Kind::kResend, call.dialog->cseq());
}

void Calls::resend(uint32_t index, uint32_t cseq) {
  Call& call = calls_[index];
  if (!call.pending || call.pending->cseq != cseq) return;
  if (now_ns_ - call.pending->since_ns > kGiveUp) return give_up(call, "no answer");
  // An interval of 0: a provisional response came.
  if (!call.channel->is_reliable() && call.pending->interval_ns > 0) {
    call.channel->send(call.pending->text);
    ++call.repeated;
    call.pending->interval_ns = std::min(call.pending->interval_ns * 2, kT2);
  }
  at(static_cast<double>(call.pending->interval_ns > 0 ? call.pending->interval_ns : kT2) / 1e9, index,
     Timer::Kind::kResend, cseq);
}

void Calls::give_up(Call& call, const char* why) {
  if (call.state == Call::State::kOver) return;
  if (call.state == Call::State::kUp) --up_;
  if (call.is_sending) --sending_now_;
  call.is_sending = false;
  call.pending.reset();
  call.state = Call::State::kOver;
  call.trouble = why;
  ++over_;
}

void Calls::run_timer(const Timer& timer) {
  switch (timer.kind) {
    case Timer::Kind::kInvite:
      return begin(timer.call);
    case Timer::Kind::kChange:
      return change(timer.call);
    case Timer::Kind::kBye:
      return end(timer.call);
    case Timer::Kind::kResend:
      return resend(timer.call, timer.cseq);
  }
}

// ---- What is heard ----

void Calls::hear(std::string_view text) {
  const auto message = read_message(text);
  if (!message) return;
  const auto number = ew::parse_number(message->call_id.substr(0, message->call_id.find('-')), calls_.size());
  if (!number || *number == 0) return;
  const uint32_t index = static_cast<uint32_t>(*number) - 1;
  if (!calls_[index].dialog) return;
  if (message->status == 0)
    on_request(index, *message);
  else
    on_response(index, *message);
}

void Calls::on_response(uint32_t index, const Message& message) {
  Call& call = calls_[index];
  const bool is_awaited = call.pending && call.pending->cseq == message.cseq;
  const bool is_invite = message.method == "INVITE";
  if (message.status < 200) {
    if (is_awaited && is_invite) call.pending->interval_ns = 0;
    return;
  }
  const bool is_first = is_awaited && is_invite && call.state == Call::State::kInviting;
  if (is_first) {
    call.status = message.status;
    if (message.status < 300) {
      call.answer_ns = clock_.monotonic_ns() - call.pending->since_ns;
      call.dialog->set_remote_tag(to_tag(message.head));
      on_answer(index, message);
    }
  }
  // A 2xx is repeated until it is acknowledged.
  if (is_invite) call.channel->send(call.dialog->ack(message.status >= 300));
  if (!is_awaited) return;
  call.pending.reset();
  if (message.status >= 300 || call.state == Call::State::kEnding)
    return give_up(call, message.status < 300 ? call.trouble : is_first ? "refused" : "refused later");
  if (is_invite && !is_first) on_changed(index);
}

// The first packets leave before the ACK: the 200 says that we may.
void Calls::on_answer(uint32_t index, const Message& message) {
  Call& call = calls_[index];
  call.state = Call::State::kUp;
  up_most_ = std::max(up_most_, ++up_);
  const auto lines = read_answer(message.body);
  bool is_taken = lines.size() == (options_.offers_lines ? 2 : 0);
  for (size_t stream = 0; stream < lines.size() && is_taken; ++stream) {
    is_taken = lines[stream].media.port != 0 && lines[stream].direction == "recvonly";
    call.to[stream] = socket_address(lines[stream].media);
  }
  if (!is_taken) call.trouble = "media was not taken";
  if (is_taken && options_.has_media) start_media(index);
  now_ns_ = clock_.monotonic_ns();
  at(options_.hold_s, index, Timer::Kind::kBye);
  if (options_.change == Change::kRefresh) at(options_.hold_s / 2, index, Timer::Kind::kChange);
  if (options_.change == Change::kInactive || options_.change == Change::kZeroAddress)
    for (double part : {1.0, 2.0}) at(options_.hold_s * part / 3, index, Timer::Kind::kChange);
}

void Calls::on_changed(uint32_t index) {
  Call& call = calls_[index];
  if (!call.pause) return;
  (call.changes == 1 ? call.pause->begun : call.pause->over) = call.packets;
}

void Calls::on_request(uint32_t index, const Message& message) {
  Call& call = calls_[index];
  if (message.method == "ACK") return;
  const bool is_understood =
      message.method == "BYE" || message.method == "OPTIONS" || message.method == "UPDATE";
  call.channel->send(
      response_to(message, is_understood ? 200 : 405, is_understood ? "OK" : "Method Not Allowed"));
  if (message.method == "BYE" && call.state == Call::State::kUp) give_up(call, "ended by the recorder");
}

// ---- Media ----

void Calls::start_media(uint32_t index) {
  calls_[index].is_sending = true;
  if (sending_now_++ == 0) next_tick_ms_ = now_ns_ / kMs + 1;
  sending_[static_cast<size_t>((next_tick_ms_ - 1) % kTicks)].push_back(index);
  send_packets(calls_[index]);
}

void Calls::tick() {
  if (sending_now_ == 0) return;
  for (; next_tick_ms_ * kMs <= now_ns_; ++next_tick_ms_) {
    auto& due = sending_[static_cast<size_t>(next_tick_ms_ % kTicks)];
    std::erase_if(due, [this](uint32_t index) { return !calls_[index].is_sending; });
    for (uint32_t index : due) send_packets(calls_[index]);
    const int64_t late_ms = clock_.monotonic_ns() / kMs - next_tick_ms_;
    late_ms_max_ = std::max(late_ms_max_, due.empty() ? 0 : late_ms);
    if (late_ms > kTicks) late_packets_ += 2 * due.size();
  }
  flush();
}

void Calls::send_packets(Call& call) {
  for (uint32_t stream = 0; stream < 2; ++stream) send_packet(call, stream);
  ++call.packets;
}

void Calls::send_packet(Call& call, uint32_t stream) {
  const uint32_t index = call.packets, extended = call.first[stream] + index;
  uint8_t plain[kRtpHeader + kPayloadSize];
  write_rtp_header(plain, index == 0, static_cast<uint16_t>(extended), index * 160, call.ssrc[stream]);
  fill_payload(call.number, stream, index, plain + kRtpHeader);
  if (!call.srtp[stream]) {
    std::memcpy(media_[stream].add(call.source_ip, call.to[stream], sizeof plain), plain, sizeof plain);
    return;
  }
  const ew::Bytes packet = call.srtp[stream]->protect(ew::Bytes(plain, plain + sizeof plain), extended);
  std::memcpy(media_[stream].add(call.source_ip, call.to[stream], packet.size()), packet.data(),
              packet.size());
  // From the right address, of the right source, with a number that comes next: only the tag is wrong.
  for (uint32_t i = 0; i < options_.forged; ++i, ++forged_) {
    uint8_t* forged = media_[stream].add(call.source_ip, call.to[stream], packet.size());
    std::memcpy(forged, packet.data(), packet.size());
    write_rtp_header(forged, false, static_cast<uint16_t>(extended + 1 + i), (index + 1 + i) * 160,
                     call.ssrc[stream]);
  }
}

void Calls::flush() {
  for (MediaSocket& socket : media_) socket.flush();
}

// ---- What came of it ----

ew::Status Calls::write_truth() const {
  if (options_.truth.empty()) return {};
  std::ofstream file(options_.truth);
  for (const Call& call : calls_)
    file << call.truth(media_of(call.number), options_.media_port, options_.seed);
  file.flush();
  if (!file) return ew::Error(ew::ErrorCode::kIo, options_.truth + ": cannot be written");
  return {};
}

CallsPlayed Calls::played() const {
  CallsPlayed played;
  std::vector<double> answer_ms;
  for (const Call& call : calls_) {
    if (call.status >= 200 && call.status < 300)
      answer_ms.push_back(static_cast<double>(call.answer_ns) / 1e6);
    if (call.trouble[0])
      ++played.troubles[call.trouble == std::string("refused") ? "refused with " + std::to_string(call.status)
                                                               : call.trouble];
    played.packets += 2 * uint64_t{call.packets};
    played.repeated += call.repeated;
  }
  for (const MediaSocket& socket : media_) played.not_sent += socket.refused();
  std::sort(answer_ms.begin(), answer_ms.end());
  auto percentile = [&](double part) {
    return answer_ms.empty()
               ? 0
               : answer_ms[static_cast<size_t>(part * static_cast<double>(answer_ms.size() - 1))];
  };
  played.calls = calls_.size();
  played.answered = answer_ms.size();
  played.at_once = up_most_;
  played.answer_ms_p50 = percentile(0.5);
  played.answer_ms_p99 = percentile(0.99);
  played.answer_ms_max = percentile(1);
  played.forged = forged_;
  played.late_packets = late_packets_;
  played.late_ms_max = late_ms_max_;
  played.seconds = took_s_;
  return played;
}

}  // namespace

ew::Result<CallsPlayed> play_calls(const CallsOptions& options) {
  Calls calls(options);
  TRY(calls.open());
  calls.play();
  TRY(calls.write_truth());
  return calls.played();
}

void print_json(const CallsPlayed& played) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  std::string said;
  for (const auto& [trouble, count] : played.troubles)
    said += (said.empty() ? "\"" : ", \"") + trouble + "\": " + std::to_string(count);
  std::printf(
      "{\"calls\": %zu, \"answered\": %zu, \"at_once\": %zu, \"answer_ms\": {\"p50\": %.1f, \"p99\": %.1f, "
      "\"max\": %.1f}, "
      "\"troubles\": {%s}, \"repeated\": %lu, \"packets\": %lu, \"not_sent\": %lu, \"forged\": %lu, "
      "\"late_packets\": %lu, \"late_ms_max\": %ld, \"seconds\": %.1f, \"cpu_s\": %.2f}\n",
      played.calls, played.answered, played.at_once, played.answer_ms_p50, played.answer_ms_p99,
      played.answer_ms_max, said.c_str(), static_cast<unsigned long>(played.repeated),
      static_cast<unsigned long>(played.packets), static_cast<unsigned long>(played.not_sent),
      static_cast<unsigned long>(played.forged), static_cast<unsigned long>(played.late_packets),
      static_cast<long>(played.late_ms_max), played.seconds, seconds(used.ru_utime) + seconds(used.ru_stime));
}

}  // namespace srcload
