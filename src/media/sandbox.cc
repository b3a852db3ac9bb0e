#include "media/sandbox.h"

#include <fcntl.h>
#include <grp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/system_error.h"

namespace ew::media {
namespace {

// Sanitizers reserve terabytes of addresses and try pointers with a pipe.
#ifdef EW_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr uid_t kNobody = 65534;

Status close_other_descriptors(int fd) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return system_error("sandbox: /dev/null", errno);
  if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
    return system_error("sandbox: dup2", errno);
  auto keep = static_cast<unsigned>(fd);
  if (keep > 3 && close_range(3, keep - 1, 0) < 0) return system_error("sandbox: close_range", errno);
  if (close_range(keep + 1, ~0u, 0) < 0) return system_error("sandbox: close_range", errno);
  return {};
}

Status limit(__rlimit_resource resource, uint64_t value) {
  rlimit bounds{value, value};
  rlimit now{};
  getrlimit(resource, &now);
  if (now.rlim_max < value) bounds = {now.rlim_max, now.rlim_max};  // already tighter
  if (setrlimit(resource, &bounds) < 0) return system_error("sandbox: setrlimit", errno);
  return {};
}

Status set_limits(const SandboxLimits& limits) {
  if (!kSanitized) TRY(limit(RLIMIT_AS, limits.memory_bytes));
  TRY(limit(RLIMIT_CPU, limits.cpu_seconds));
  if (!kSanitized) TRY(limit(RLIMIT_NOFILE, 0));  // no further descriptor, the open ones stay
  TRY(limit(RLIMIT_FSIZE, 0));
  return limit(RLIMIT_CORE, 0);  // a core file would hold what somebody said
}

// A user namespace may know no user but root; the filter holds there too, so this is no error.
void drop_root() {
  if (geteuid() != 0) return;
  if (setgroups(0, nullptr) < 0) return;
  if (setresgid(kNobody, kNobody, kNobody) == 0) (void)!setresuid(kNobody, kNobody, kNobody);
}

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {}
  ~Filter() {
    if (context_) seccomp_release(context_);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  template <typename... Conditions>
  void rule(uint32_t action, int call, Conditions... conditions) {
    if (!context_ || error_ != 0) return;
    error_ = seccomp_rule_add(context_, action, call, sizeof...(conditions), conditions...);
  }

  Status load() {
    if (!context_) return system_error("sandbox: seccomp", ENOMEM);
    if (error_ == 0) error_ = seccomp_load(context_);
    return error_ != 0 ? Status(system_error("sandbox: seccomp", -error_)) : Status();
  }

 private:
  scmp_filter_ctx context_;
  int error_ = 0;
};

// What the loop of requests, malloc, an abort and the end of a process need, chosen with strace.
constexpr int kAllowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
};

// A process that asks for one of these has been taken over.
constexpr int kDeadly[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(bpf),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(userfaultfd),
};

Status load_filter() {
  Filter filter;
  for (int call : kAllowed) filter.rule(SCMP_ACT_ALLOW, call);
  if (kSanitized)
    for (int call : {SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(close)}) filter.rule(SCMP_ACT_ALLOW, call);
  // Memory never becomes executable, signals go to ourselves.
  auto without_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(mmap), without_exec);
  filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), without_exec);
  filter.rule(SCMP_ACT_ALLOW, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid())));
  for (int call : kDeadly) filter.rule(SCMP_ACT_KILL_PROCESS, call);
  return filter.load();
}

}  // namespace

Status enter_sandbox(int fd, const SandboxLimits& limits) {
  TRY(close_other_descriptors(fd));
  TRY(set_limits(limits));
  drop_root();
  prctl(PR_SET_NAME, "ew-media-worker");  // what started it from a descriptor left none
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return system_error("sandbox: no_new_privs", errno);
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return system_error("sandbox: dumpable", errno);
  return load_filter();
}

}  // namespace ew::media
