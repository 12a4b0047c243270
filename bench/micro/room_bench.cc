#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "edge/room/room_table.h"

namespace edge {
namespace {

constexpr uint32_t kMembers = 1000;

// A thousand sessions join one room and leave it again.
void JoinAndLeaveARoom(benchmark::State& state) {
  RoomTable table;
  for (auto _ : state) {
    for (uint32_t slot = 0; slot < kMembers; ++slot) {
      benchmark::DoNotOptimize(table.Join("chat:lobby", slot).ok());
    }
    for (uint32_t slot = 0; slot < kMembers; ++slot) {
      benchmark::DoNotOptimize(table.Leave("chat:lobby", slot));
    }
  }
  state.SetItemsProcessed(state.iterations() * kMembers);
}
BENCHMARK(JoinAndLeaveARoom);

// A session's whole stay in rooms of its own: each is made and forgotten again.
void JoinRoomsAndLeaveAll(benchmark::State& state) {
  RoomTable table;
  std::vector<std::string> names;
  for (int i = 0; i < state.range(0); ++i) names.push_back("chat:room-" + std::to_string(i));
  for (auto _ : state) {
    for (const std::string& name : names) benchmark::DoNotOptimize(table.Join(name, 7).ok());
    table.LeaveAll(7, [](const RoomName& room) { benchmark::DoNotOptimize(&room); });
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(JoinRoomsAndLeaveAll)->ArgName("rooms")->Arg(1)->Arg(8)->Arg(64);

// What a fan-out does in the table: one look-up, then the members' slots in a row.
void WalkTheMembersOfARoom(benchmark::State& state) {
  RoomTable table;
  for (uint32_t slot = 0; slot < kMembers; ++slot) {
    if (!table.Join("chat:lobby", slot).ok()) return state.SkipWithError("a session cannot join");
  }
  for (auto _ : state) {
    uint64_t sum = 0;
    for (const uint32_t slot : table.members(*table.Find("chat:lobby"))) sum += slot;
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * kMembers);
}
BENCHMARK(WalkTheMembersOfARoom);

// The same look-up among a thousand rooms, of which each has ten members.
void FindARoomOfAThousand(benchmark::State& state) {
  RoomTable table;
  std::vector<std::string> names;
  for (uint32_t room = 0; room < 1000; ++room) {
    names.push_back("chat:room-" + std::to_string(room));
    for (uint32_t slot = 0; slot < 10; ++slot) {
      benchmark::DoNotOptimize(table.Join(names.back(), room * 10 + slot).ok());
    }
  }
  size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(table.Find(names[next++ * 7919 % names.size()]));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(FindARoomOfAThousand);

}  // namespace
}  // namespace edge
