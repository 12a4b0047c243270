#include "bench/load/side_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "bench/net/fail.h"

namespace bench {
namespace {

constexpr int kLowestPriority = 19;
constexpr char kReady = 'r';
constexpr char kGo = 'g';

void WriteByte(int fd, char byte) {
  if (::write(fd, &byte, 1) != 1) Fail("the other process has gone");
}

void AwaitByte(int fd) {
  char byte;
  if (::read(fd, &byte, 1) != 1) Fail("the other process has gone");
}

[[noreturn]] void RunChild(SideProcess::Work work, int go_fd, int result_fd) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Check(::setpriority(PRIO_PROCESS, 0, kLowestPriority), "setpriority");
  Report report;
  const int code = work(
      [&] {
        WriteByte(result_fd, kReady);
        AwaitByte(go_fd);
      },
      report);
  const std::string text = report.ToText();
  for (size_t done = 0; done < text.size();) {
    done += static_cast<size_t>(Check(
        static_cast<int>(::write(result_fd, text.data() + done, text.size() - done)), "write"));
  }
  std::fflush(nullptr);
  std::_Exit(code);
}

}  // namespace

SideProcess::SideProcess(Work work) {
  int go[2];
  int result[2];
  Check(::pipe(go), "pipe");
  Check(::pipe(result), "pipe");
  std::fflush(nullptr);
  pid_ = Check(::fork(), "fork");
  if (pid_ == 0) {
    ::close(go[1]);
    ::close(result[0]);
    RunChild(work, go[0], result[1]);
  }
  ::close(go[0]);
  ::close(result[1]);
  go_fd_ = go[1];
  result_fd_ = result[0];
  AwaitByte(result_fd_);
}

SideProcess::~SideProcess() {
  ::close(go_fd_);
  ::close(result_fd_);
}

void SideProcess::Begin() {
  WriteByte(go_fd_, kGo);
}

int SideProcess::Finish(Report& report) {
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = ::read(result_fd_, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(got));
  }
  int status = 0;
  Check(::waitpid(pid_, &status, 0), "waitpid");
  report.AddText(text);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace bench
