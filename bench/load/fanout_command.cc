#include "bench/load/commands.h"
#include "bench/load/traffic.h"
#include "bench/net/fail.h"

namespace bench {
namespace {

constexpr char kFanoutIntro[] =
    "load fanout: members in rooms get publications. Exits with 1 when a member got less, more or\n"
    "another order.";
constexpr char kChatIntro[] =
    "load chat: the members of a room publish in turn, over their own connections, and all get it.";

std::vector<OptionSpec> PlanOptions(std::string_view members, std::string_view in_flight) {
  return {{"members", "N", members, "connections"},
          {"size", "BYTES", "128", "content of a publication: JSON text"},
          {"words", "", "", "content of words, which can be compressed, instead of one letter"},
          {"in-flight", "K", in_flight,
           "publications under way: not answered, or not at all members yet"},
          {"rate", "R", "0", "R publications a second instead, whatever becomes of them"},
          {"random-rooms", "", "", "a random room each, instead of in turn"},
          {"duration", "S", "5", "seconds measured"},
          {"warmup", "S", "1", "seconds before"},
          {"settle", "S", "0",
           "seconds of silence before all: for servers whose 101 comes before the member is one"},
          {"parallel", "K", "64", "handshakes at a time while connecting"}};
}

int Run(const Options& options, Target target, const std::string& how) {
  const ProcessStat server(options.Text("server-pid"));
  EventLoop loop;
  Traffic traffic(loop, std::move(target),
                  {.size = static_cast<size_t>(options.Number("size")),
                   .in_flight = static_cast<size_t>(options.Number("in-flight")),
                   .rate = options.Real("rate"),
                   .random_rooms = options.Has("random-rooms"),
                   .words = options.Has("words")},
                  static_cast<size_t>(options.Number("members")),
                  static_cast<size_t>(options.Number("parallel")), how);
  RunFor(loop, {}, options.Real("settle"));
  RunFor(loop, {&traffic}, options.Real("warmup"));
  traffic.BeginInterval();
  Interval interval(server);
  RunFor(loop, {&traffic}, options.Real("duration"));
  interval.End();
  Report report;
  report.Add("members", static_cast<double>(traffic.crowd().size()));
  report.Add("rooms", static_cast<double>(traffic.crowd().target().rooms));
  interval.AddTo(report);
  traffic.AddTo(report, interval);
  Drain(loop, {&traffic});
  report.Add("rss", static_cast<double>(server.ResidentBytes()), "bytes");
  const int code = AddVerdict(report, {&traffic});
  report.Print(options.Has("json"));
  return code;
}

}  // namespace

int RunFanout(int argc, char** argv) {
  const Options options(
      kFanoutIntro,
      Together(Together(TargetOptions(), {{"publish", "HOW", "", kPublisherHelp}}),
               PlanOptions("1000", "1")),
      argc, argv, 2);
  return Run(options, TargetOf(options), options.Needed("publish"));
}

int RunChat(int argc, char** argv) {
  const Options options(
      kChatIntro,
      Together(Together(TargetOptions(), {{"talkers", "N", "10", "members of a room"}}),
               PlanOptions("1000", "16")),
      argc, argv, 2);
  Target target = TargetOf(options);
  const auto members = static_cast<size_t>(options.Number("members"));
  const auto talkers = static_cast<size_t>(options.Number("talkers"));
  if (talkers == 0 || members < talkers) Fail("--talkers must be from 1 to --members");
  target.rooms = members / talkers;
  return Run(options, std::move(target), "ws");
}

}  // namespace bench
