#pragma once

namespace bench {

// The subcommands: each measures one thing, prints its report and returns the exit code.
int RunFanout(int argc, char** argv);
int RunChat(int argc, char** argv);
int RunFairness(int argc, char** argv);
int RunSlow(int argc, char** argv);
int RunIdle(int argc, char** argv);
int RunConnect(int argc, char** argv);
int RunRpc(int argc, char** argv);
int RunHttp(int argc, char** argv);
int RunHttpIdle(int argc, char** argv);

}  // namespace bench
