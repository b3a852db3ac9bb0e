#include "server/sandbox.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/system_error.h"
#include "server/privileges.h"

namespace ew::server {
namespace {

// The leak checker of sanitized builds looks at its own threads from a clone of the process.
#ifdef EW_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

constexpr int kDeadly[] = {SCMP_SYS(execve), SCMP_SYS(execveat)};

// Answered with EPERM.
constexpr int kRefused[] = {
    // other processes
    SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kcmp),
    SCMP_SYS(pidfd_getfd), SCMP_SYS(setns), SCMP_SYS(unshare),
    // file systems and devices
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot), SCMP_SYS(move_mount),
    SCMP_SYS(fsopen), SCMP_SYS(fsmount), SCMP_SYS(open_tree), SCMP_SYS(mknod), SCMP_SYS(mknodat),
    SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(quotactl), SCMP_SYS(open_by_handle_at),
    SCMP_SYS(fanotify_init),
    // the kernel
    SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(init_module), SCMP_SYS(finit_module),
    SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot),
    SCMP_SYS(acct), SCMP_SYS(syslog), SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(io_uring_setup),
    SCMP_SYS(userfaultfd), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key),
    SCMP_SYS(lookup_dcookie),
    // the machine and who we are
    SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(clock_adjtime), SCMP_SYS(adjtimex),
    SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(personality), SCMP_SYS(vhangup),
    SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setreuid), SCMP_SYS(setregid), SCMP_SYS(setresuid),
    SCMP_SYS(setresgid), SCMP_SYS(setgroups), SCMP_SYS(setfsuid), SCMP_SYS(setfsgid), SCMP_SYS(capset)};

class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ALLOW), seccomp_release) {}

  template <typename... Conditions>
  void rule(uint32_t action, int call, Conditions... conditions) {
    if (context_ && error_ == 0)
      error_ = seccomp_rule_add(context_.get(), action, call, sizeof...(conditions), conditions...);
  }
  Status load() {
    if (!context_) return system_error("cage: seccomp", ENOMEM);
    if (error_ == 0) error_ = seccomp_load(context_.get());
    return error_ == 0 ? Status() : Status(system_error("cage: seccomp", -error_));
  }

 private:
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
  int error_ = 0;
};

// Families from AF_UNIX to AF_INET6, by which a recorder's filter goes.
constexpr uint64_t kUnwantedFamilies[] = {AF_UNSPEC, AF_AX25,   AF_IPX,    AF_APPLETALK,
                                          AF_NETROM, AF_BRIDGE, AF_ATMPVC, AF_X25};
constexpr uint64_t kUnwantedTypes[] = {SOCK_STREAM,    SOCK_RAW,  SOCK_RDM,
                                       SOCK_SEQPACKET, SOCK_DCCP, SOCK_PACKET};
constexpr uint64_t kTypeMask = 0xf;  // beside it are SOCK_CLOEXEC and SOCK_NONBLOCK

// A filter's rule has one condition per argument, so what is refused is named, and not what is allowed.
void refuse_all_but_unix_and_udp(Filter& filter, uint32_t refused) {
  filter.rule(refused, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_GT, AF_INET6));
  for (uint64_t family : kUnwantedFamilies)
    filter.rule(refused, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, family));
  for (uint64_t family : {AF_INET, AF_INET6})
    for (uint64_t type : kUnwantedTypes)
      filter.rule(refused, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, family),
                  SCMP_A1(SCMP_CMP_MASKED_EQ, kTypeMask, type));
}

Status load_filter(ChildKind kind, Media media) {
  Filter filter;
  const uint32_t refused = SCMP_ACT_ERRNO(EPERM);
  for (int call : kDeadly) filter.rule(SCMP_ACT_KILL_PROCESS, call);
  for (int call : kRefused) filter.rule(refused, call);
  if (!kSanitized) {
    filter.rule(refused, SCMP_SYS(ptrace));
    filter.rule(refused, SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    // Its flags lie in memory, where no filter can look; the C library then uses clone.
    filter.rule(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
  }
  if (kind == ChildKind::kRecorder && media == Media::kNone)
    filter.rule(refused, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_NE, AF_UNIX));
  if (kind == ChildKind::kRecorder && media == Media::kReceived) refuse_all_but_unix_and_udp(filter, refused);
  return filter.load();
}

}  // namespace

Status enter_cage(ChildKind kind, Media media) {
  ::umask(077);
  ::prctl(PR_SET_NAME, kind == ChildKind::kRecorder ? "ew-recorder" : "ew-keeper");
  rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return system_error("cage: setrlimit", errno);
  TRY(drop_capabilities());
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_error("cage: no_new_privs", errno);
  return load_filter(kind, media);
}

}  // namespace ew::server
