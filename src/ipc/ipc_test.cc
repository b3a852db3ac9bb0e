#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstring>
#include <thread>

#include "ipc/rpc.h"

namespace ew::ipc {
namespace {

class ChannelTest : public testing::Test {
 protected:
  ChannelTest() {
    auto ends = Channel::pair();
    EXPECT_TRUE(ends.ok());
    a_ = std::move(ends->first);
    b_ = std::move(ends->second);
  }
  void send_raw(ByteView bytes) {
    EXPECT_EQ(::send(a_.fd(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }

  Channel a_, b_;
};

TEST_F(ChannelTest, CarriesWholeMessages) {
  Bytes large(5'000'000, 7);
  std::thread sender([&] {
    EXPECT_TRUE(a_.send(as_bytes("hello"), {}, kNsPerSec).ok());
    EXPECT_TRUE(a_.send({}, {}, kNsPerSec).ok());
    EXPECT_TRUE(a_.send(large, {}, 10 * kNsPerSec).ok());
  });
  EXPECT_EQ(as_text(b_.receive(kNsPerSec)->body), "hello");
  EXPECT_TRUE(b_.receive(kNsPerSec)->body.empty());
  EXPECT_EQ(b_.receive(10 * kNsPerSec)->body, large);
  sender.join();
}

TEST_F(ChannelTest, CarriesDescriptorsWithTheirMessage) {
  Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  int both[] = {null.get(), null.get()};
  ASSERT_TRUE(a_.send(as_bytes("none"), {}, kNsPerSec).ok());
  ASSERT_TRUE(a_.send(as_bytes("two"), both, kNsPerSec).ok());
  ASSERT_TRUE(a_.send(as_bytes("none"), {}, kNsPerSec).ok());
  EXPECT_EQ(b_.receive(kNsPerSec)->descriptors.size(), 0u);
  auto two = b_.receive(kNsPerSec);
  ASSERT_EQ(two->descriptors.size(), 2u);
  struct stat sent, got;
  ASSERT_EQ(::fstat(null.get(), &sent), 0);
  ASSERT_EQ(::fstat(two->descriptors[1].get(), &got), 0);
  EXPECT_EQ(sent.st_rdev, got.st_rdev);
  EXPECT_TRUE(::fcntl(two->descriptors[0].get(), F_GETFD) & FD_CLOEXEC);
  EXPECT_EQ(b_.receive(kNsPerSec)->descriptors.size(), 0u);
}

TEST_F(ChannelTest, TellsAnEndInOrderFromOneInTheMiddle) {
  a_ = Channel();
  EXPECT_EQ(b_.receive(kNsPerSec).error().code(), ErrorCode::kNotFound);
  auto ends = Channel::pair();
  a_ = std::move(ends->first);
  b_ = std::move(ends->second);
  send_raw(Bytes{9, 0, 0, 0, 1, 2});
  a_ = Channel();
  EXPECT_EQ(b_.receive(kNsPerSec).error().code(), ErrorCode::kIo);
}

TEST_F(ChannelTest, WaitsNoLongerThanAsked) {
  EXPECT_EQ(b_.receive(kNsPerMs).error().code(), ErrorCode::kBusy);
  ASSERT_TRUE(a_.send(as_bytes("late"), {}, kNsPerSec).ok());
  EXPECT_TRUE(b_.receive(kNsPerSec).ok());  // nothing had begun, so nothing was spoilt
  send_raw(Bytes{9, 0});
  EXPECT_EQ(b_.receive(kNsPerMs).error().code(), ErrorCode::kIo);
  EXPECT_FALSE(b_.receive(kNsPerMs).ok());
}

TEST_F(ChannelTest, SendingEndsWhenNobodyReads) {
  Bytes large(10'000'000);
  EXPECT_EQ(a_.send(large, {}, 10 * kNsPerMs).error().code(), ErrorCode::kIo);
}

TEST_F(ChannelTest, RefusesLengthsBeyondAllBounds) {
  send_raw(Bytes{0xff, 0xff, 0xff, 0xff});
  EXPECT_EQ(b_.receive(kNsPerSec).error().code(), ErrorCode::kIo);
}

TEST_F(ChannelTest, RefusesMoreDescriptorsThanAllowed) {
  std::vector<int> many(kMaxDescriptors + 1, 0);
  EXPECT_EQ(a_.send(as_bytes("x"), many, kNsPerSec).error().code(), ErrorCode::kLimit);
  // Another program might attach some to every byte.
  std::vector<int> most(kMaxDescriptors, a_.fd());
  for (int i = 0; i < 2; ++i) {
    Bytes byte = {4};
    iovec part{byte.data(), 1};
    alignas(cmsghdr) char control[CMSG_SPACE(kMaxDescriptors * sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(most.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), most.data(), most.size() * sizeof(int));
    ASSERT_EQ(::sendmsg(a_.fd(), &header, 0), 1);
  }
  EXPECT_EQ(b_.receive(kNsPerSec).error().code(), ErrorCode::kIo);
}

TEST(Body, RoundTrip) {
  BodyWriter writer;
  Uuid id = Uuid::v7(WallTime{5}, Bytes(10, 3));
  writer.u8(7).number(300).signed_number(-5).real(1.5).flag(true).text("words").bytes(Bytes{1, 2}).id(id);
  BodyReader reader(writer.view());
  EXPECT_EQ(reader.u8(), 7);
  EXPECT_EQ(reader.number(), 300u);
  EXPECT_EQ(reader.signed_number(), -5);
  EXPECT_EQ(reader.real(), 1.5);
  EXPECT_TRUE(reader.flag());
  EXPECT_EQ(reader.text(), "words");
  EXPECT_EQ(reader.bytes().size(), 2u);
  EXPECT_EQ(reader.id(), id);
  EXPECT_TRUE(reader.finish().ok());
  BodyReader cut(ByteView(writer.view()).first(writer.view().size() - 1));
  cut.rest();
  EXPECT_TRUE(cut.finish().ok());
  cut.u8();
  EXPECT_FALSE(cut.finish().ok());
}

TEST(Body, CountsCannotPromiseMoreThanThereIs) {
  BodyWriter writer;
  writer.number(1'000'000'000).text("short");
  BodyReader reader(writer.view());
  EXPECT_EQ(reader.count(16), 0u);
  EXPECT_FALSE(reader.finish().ok());
}

class Adder : public Service {
 public:
  Result<Answer> answer(Method method, BodyReader& arguments, std::vector<Descriptor>&) override {
    if (method == 9) return Error(ErrorCode::kDenied, "not this one");
    if (method == 8) return Error(ErrorCode::kIo, "the disk is gone");
    uint64_t sum = arguments.number() + arguments.number();
    TRY(arguments.finish());
    return Answer{BodyWriter().number(sum).take(), {}};
  }
};

class Served {
 public:
  explicit Served(Client& client) {
    auto ends = Channel::pair();
    channel_ = std::move(ends->first);
    client.connect(std::move(ends->second));
    thread_ = std::thread([this] {
      Adder adder;
      ended_ = serve(channel_, adder);
    });
  }
  ~Served() { end(); }
  Status end() {
    if (thread_.joinable()) {
      channel_.shut_down();
      thread_.join();
    }
    return ended_;
  }

 private:
  Channel channel_;
  Status ended_;
  std::thread thread_;
};

uint64_t number_in(const Answer& answer) { return BodyReader(answer.body).number(); }

TEST(Rpc, AnswersQuestionsOfManyThreads) {
  Client client;
  Served served(client);
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 4; ++i)
    threads.emplace_back([&client, i] {
      for (uint64_t j = 0; j < 100; ++j)
        EXPECT_EQ(number_in(*client.ask(1, BodyWriter().number(i).number(j).take())), i + j);
    });
  for (auto& thread : threads) thread.join();
}

TEST(Rpc, HandsErrorsBack) {
  Client client;
  Served served(client);
  auto denied = client.ask(9, {});
  EXPECT_EQ(denied.error().code(), ErrorCode::kDenied);
  EXPECT_EQ(denied.error().message(), "not this one");
  EXPECT_EQ(client.ask(1, Bytes{1}).error().code(), ErrorCode::kInvalid);
  EXPECT_EQ(client.ask_patiently(8, {}).error().message(), "the disk is gone");
  EXPECT_TRUE(client.is_connected());
}

TEST(Rpc, SaysWhenNobodyIsThere) {
  Client client;
  EXPECT_EQ(client.ask(1, {}).error().code(), ErrorCode::kIo);
  auto served = std::make_unique<Served>(client);
  EXPECT_TRUE(client.is_connected());
  served.reset();
  EXPECT_EQ(client.ask(1, {}).error().code(), ErrorCode::kIo);
  EXPECT_FALSE(client.is_connected());
  EXPECT_FALSE(client.wait_connected(kNsPerMs));
}

TEST(Rpc, PatientQuestionsSurviveARestart) {
  Client client;
  auto served = std::make_unique<Served>(client);
  served->end();
  std::thread asker(
      [&] { EXPECT_EQ(number_in(*client.ask_patiently(1, BodyWriter().number(2).number(3).take())), 5u); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  served = std::make_unique<Served>(client);
  asker.join();
}

TEST(Rpc, PatienceEndsWhenStopped) {
  Client client;
  std::thread asker([&] { EXPECT_FALSE(client.ask_patiently(1, {}).ok()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  client.stop();
  asker.join();
}

TEST(Rpc, ANoiseOfBytesEndsTheService) {
  auto ends = Channel::pair();
  Bytes noise(100, 0xee);
  ASSERT_EQ(::send(ends->second.fd(), noise.data(), noise.size(), 0), 100);
  Adder adder;
  EXPECT_EQ(serve(ends->first, adder).error().code(), ErrorCode::kIo);
}

}  // namespace
}  // namespace ew::ipc
