#include "edge/config/dev_secret.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <thread>

#include "edge/base/text.h"
#include "tests/edge/config/scratch_folder.h"

namespace edge {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

unsigned ModeOf(const std::string& path) {
  struct stat found {};
  EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 07777;
}

struct StateFolder {
  ScratchFolder folder;
  std::string file = folder.path() + "/gatehouse/dev-secret";

  absl::StatusOr<std::string> Secret() const {
    return DevSecret({{"XDG_STATE_HOME", folder.path()}});
  }
  std::string Refusal() const { return std::string(ToStd(Secret().status().message())); }
};

TEST(DevSecretTest, IsMadeForThisUserAlone) {
  const mode_t before = ::umask(0);
  StateFolder state;
  const auto secret = state.Secret();
  ::umask(before);
  ASSERT_TRUE(secret.ok()) << secret.status();
  EXPECT_THAT(*secret, MatchesRegex("[0-9a-f]{64}"));
  EXPECT_EQ(ModeOf(state.file), 0600U);
  EXPECT_EQ(ModeOf(state.folder.path() + "/gatehouse"), 0700U);
}

TEST(DevSecretTest, StaysTheSame) {
  StateFolder state;
  EXPECT_EQ(*state.Secret(), *state.Secret());
}

TEST(DevSecretTest, IsAnotherElsewhere) {
  EXPECT_NE(*StateFolder().Secret(), *StateFolder().Secret());
}

TEST(DevSecretTest, LeavesNothingElseBehind) {
  StateFolder state;
  ASSERT_TRUE(state.Secret().ok());
  const std::filesystem::directory_iterator files(state.folder.path() + "/gatehouse");
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(DevSecretTest, ThoseWhoMakeItAtOnceGetTheSame) {
  StateFolder state;
  std::vector<std::string> secrets(8);
  std::vector<std::thread> threads;
  for (std::string& secret : secrets) {
    threads.emplace_back([&] { secret = state.Secret().value_or("none"); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<std::string>(secrets.begin(), secrets.end()).size(), 1U);
  EXPECT_NE(secrets[0], "none");
}

TEST(DevSecretTest, HomeIsUsedWithoutAStateFolder) {
  ScratchFolder home;
  const auto secret = DevSecret({{"HOME", home.path()}, {"XDG_STATE_HOME", "relative/is/ignored"}});
  ASSERT_TRUE(secret.ok()) << secret.status();
  EXPECT_EQ(ModeOf(home.path() + "/.local/state/gatehouse/dev-secret"), 0600U);
}

TEST(DevSecretTest, TemporaryFolderIsUsedWhereHomeCannotBeWritten) {
  ScratchFolder temporary;
  const auto first = DevSecret({{"HOME", "/dev/null"}, {"TMPDIR", temporary.path()}});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*first, *DevSecret({{"HOME", "/dev/null"}, {"TMPDIR", temporary.path()}}));
  EXPECT_EQ(ModeOf(fmt::format("{}/gatehouse-{}/dev-secret", temporary.path(), ::geteuid())),
            0600U);
}

TEST(DevSecretTest, SaysWhereItCouldNotBeKept) {
  const auto secret = DevSecret({{"XDG_STATE_HOME", "/dev/null/a"}, {"TMPDIR", "/dev/null/b"}});
  ASSERT_FALSE(secret.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(secret.status()));
  EXPECT_THAT(std::string(ToStd(secret.status().message())),
              HasSubstr("tried /dev/null/a/gatehouse ("));
}

TEST(DevSecretTest, FileOpenToOthersIsRefused) {
  StateFolder state;
  ASSERT_TRUE(state.Secret().ok());
  ASSERT_EQ(::chmod(state.file.c_str(), 0640), 0);
  EXPECT_THAT(state.Refusal(), HasSubstr("is open to others (mode 0640)"));
}

TEST(DevSecretTest, FolderOthersCanWriteIsRefused) {
  StateFolder state;
  ASSERT_TRUE(state.Secret().ok());
  ASSERT_EQ(::chmod((state.folder.path() + "/gatehouse").c_str(), 0777), 0);
  EXPECT_THAT(state.Refusal(), HasSubstr("is open to others (mode 0777)"));
}

TEST(DevSecretTest, LinkIsNotFollowed) {
  StateFolder state;
  const auto other = StateFolder();
  ASSERT_TRUE(state.Secret().ok() && other.Secret().ok());
  std::filesystem::remove(state.file);
  std::filesystem::create_symlink(other.file, state.file);
  EXPECT_THAT(state.Refusal(), HasSubstr("is no regular file"));
}

TEST(DevSecretTest, DamagedFileIsRefusedAndNotShown) {
  StateFolder state;
  ASSERT_TRUE(state.Secret().ok());
  state.folder.Write("gatehouse/dev-secret", "hunter2\n");
  EXPECT_THAT(state.Refusal(), HasSubstr("holds no secret of 64 hex digits; remove it"));
  EXPECT_THAT(state.Refusal(), testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace edge
