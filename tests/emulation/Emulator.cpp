// See Emulator.h. Fibers change by _setjmp and _longjmp, which ask nothing of the system; a context is made for a fiber's first entry alone.
#include "tests/emulation/Emulator.h"

#include "tests/emulation/RaceCheck.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <ucontext.h>
#include <vector>

#include <fmt/format.h>

namespace clew::emulation {
namespace {

constexpr int32_t kWarp = 32;
constexpr size_t kStackBytes = 64 << 10;

enum class State : uint8_t { Ready, AtBarrier, AtWarpBarrier, AtShuffle, Done };

class Grid;

struct NumberedRegion : MemoryRegion {
  size_t number = 0; ///< among those that were given
};

struct Fiber : EmulatedThread {
  Grid *grid = nullptr;
  State state = State::Ready;
  bool entered = false;
  int32_t place = 0; ///< where it waits
  uint32_t value = 0;
  int32_t lane = 0;
  int32_t barriers = 0, warpBarriers = 0;
  ucontext_t start = {};
  jmp_buf at = {};
};

class Grid {
public:
  Grid(EmulatedKernel kernel, std::span<void *const> operands, std::span<const MemoryRegion> memory,
       const EmulatedLaunch &launch)
      : kernel(kernel), operands(operands), launch(launch), random(launch.seed),
        stacks(std::make_unique_for_overwrite<char[]>(kStackBytes * static_cast<size_t>(launch.threads))),
        shared(static_cast<size_t>(launch.sharedBytes) + 64), fibers(static_cast<size_t>(launch.threads)),
        order(fibers.size()) {
    for (size_t number = 0; number < memory.size(); ++number) {
      regions.push_back({memory[number], number});
    }
    std::ranges::sort(regions, [](const auto &a, const auto &b) { return std::less<>()(a.begin, b.begin); });
    std::iota(order.begin(), order.end(), 0);
  }

  Result<void> run() {
    std::vector<int32_t> blocks(static_cast<size_t>(launch.blocks));
    std::iota(blocks.begin(), blocks.end(), 0);
    std::ranges::shuffle(blocks, random);
    for (int32_t block : blocks) {
      runBlock(block);
      if (!fault.empty()) {
        return fail(ErrorKind::Internal, fault);
      }
    }
    return {};
  }

private:
  void runBlock(int32_t block) {
    void *base = shared.data();
    size_t room = shared.size();
    base = std::align(64, static_cast<size_t>(launch.sharedBytes), base, room);
    std::memset(base, 0xff, static_cast<size_t>(launch.sharedBytes));
    sharedBegin = static_cast<const std::byte *>(base);
    races.beginBlock();
    for (size_t i = 0; i < fibers.size(); ++i) {
      enter(fibers[i], static_cast<int32_t>(i), block, base);
    }
    std::ranges::shuffle(order, random);
    while (fault.empty() && runReady()) {
      release();
    }
  }

  void enter(Fiber &fiber, int32_t thread, int32_t block, void *base) {
    fiber = Fiber();
    fiber.grid = this;
    fiber.thread = thread;
    fiber.block = block;
    fiber.threads = launch.threads;
    fiber.blocks = static_cast<int32_t>(launch.blocks);
    fiber.shared = base;
    fiber.barrier = [](EmulatedThread *self, int32_t place) { wait(self, State::AtBarrier, place); };
    fiber.warpBarrier = [](EmulatedThread *self, int32_t place) { wait(self, State::AtWarpBarrier, place); };
    fiber.shuffle = [](EmulatedThread *self, int32_t place, uint32_t value, int32_t lane) {
      auto *waiting = static_cast<Fiber *>(self);
      waiting->value = value;
      waiting->lane = lane;
      wait(self, State::AtShuffle, place);
      return waiting->value;
    };
    fiber.access = [](EmulatedThread *self, const void *at, int32_t bytes, int32_t write) {
      auto *fiber = static_cast<Fiber *>(self);
      fiber->grid->access(*fiber, static_cast<const std::byte *>(at), bytes, write != 0);
    };
    getcontext(&fiber.start);
    fiber.start.uc_stack.ss_sp = stacks.get() + kStackBytes * static_cast<size_t>(thread);
    fiber.start.uc_stack.ss_size = kStackBytes;
    fiber.start.uc_link = nullptr;
    const auto address = reinterpret_cast<uintptr_t>(&fiber);
    makecontext(&fiber.start, reinterpret_cast<void (*)()>(&Grid::body), 2, static_cast<uint32_t>(address >> 32),
                static_cast<uint32_t>(address));
  }

  static void body(uint32_t high, uint32_t low) {
    auto *fiber = reinterpret_cast<Fiber *>(uintptr_t{high} << 32 | low);
    fiber->grid->kernel(fiber->grid->operands.data(), fiber);
    fiber->state = State::Done;
    _longjmp(fiber->grid->scheduler, 1);
  }

  static void wait(EmulatedThread *self, State state, int32_t place) {
    auto *fiber = static_cast<Fiber *>(self);
    fiber->state = state;
    fiber->place = place;
    leave(*fiber);
  }
  static void leave(Fiber &fiber) {
    if (_setjmp(fiber.at) == 0) {
      _longjmp(fiber.grid->scheduler, 1);
    }
  }

  /// Runs each fiber that can to where it waits or ends. False: there was none.
  bool runReady() {
    bool any = false;
    for (size_t i = 0; i < order.size() && fault.empty(); ++i) {
      if (fibers[order[i]].state == State::Ready) {
        any = true;
        resume(fibers[order[i]]);
      }
    }
    return any;
  }

  void resume(Fiber &fiber) {
    if (_setjmp(scheduler) != 0) {
      return;
    }
    if (!fiber.entered) {
      fiber.entered = true;
      setcontext(&fiber.start);
    }
    _longjmp(fiber.at, 1);
  }

  /// All fibers wait or are done: lets on those that wait for each other, or finds that they never will meet.
  void release() {
    bool released = false;
    for (size_t warp = 0; warp < fibers.size(); warp += kWarp) {
      released = releaseWarp({fibers.data() + warp, kWarp}) || released;
    }
    if (released || !fault.empty()) {
      return;
    }
    const auto waiting = std::ranges::count(fibers, State::AtBarrier, &Fiber::state);
    const auto done = std::ranges::count(fibers, State::Done, &Fiber::state);
    const bool together =
        std::ranges::all_of(fibers, [&](const Fiber &fiber) { return fiber.place == fibers[0].place; });
    if (done == launch.threads) {
      return;
    }
    if (waiting < launch.threads || !together) {
      fault = fmt::format("divergent barrier in block {}: {} threads of {} wait at it{}, {} have ended",
                          fibers[0].block, waiting, launch.threads, together ? "" : " in different places", done);
      return;
    }
    for (Fiber &fiber : fibers) {
      pass(fiber);
      ++fiber.barriers;
    }
  }

  static void pass(Fiber &fiber) {
    fiber.state = State::Ready;
    ++fiber.warpBarriers;
  }

  bool releaseWarp(std::span<Fiber> warp) {
    const State state = warp[0].state;
    const bool together = std::ranges::all_of(
        warp, [&](const Fiber &fiber) { return fiber.state == state && fiber.place == warp[0].place; });
    const bool atWarp = std::ranges::any_of(warp, [](const Fiber &fiber) {
      return fiber.state == State::AtWarpBarrier || fiber.state == State::AtShuffle;
    });
    if (atWarp && !together) {
      fault = fmt::format("divergent warp in block {}, threads from {} on: not all meet at a shuffle or barrier",
                          warp[0].block, warp[0].thread);
    }
    if (!atWarp || !together) {
      return false;
    }
    if (state == State::AtWarpBarrier) {
      std::ranges::for_each(warp, pass);
      return true;
    }
    std::array<uint32_t, kWarp> values = {};
    std::ranges::transform(warp, values.begin(), &Fiber::value);
    for (Fiber &fiber : warp) {
      fiber.value = values[static_cast<size_t>(fiber.lane) % kWarp];
      fiber.state = State::Ready; // orders no memory
    }
    return true;
  }

  void access(Fiber &fiber, const std::byte *at, int32_t bytes, bool write) {
    const bool isShared = at >= sharedBegin && at + bytes <= sharedBegin + launch.sharedBytes;
    if (!isShared && !isGlobal(at, bytes)) {
      fault = fmt::format("block {}, thread {}: {} of {} bytes outside of the memory that it may touch", fiber.block,
                          fiber.thread, write ? "a write" : "a read", bytes);
      leave(fiber);
    }
    if (!isShared && !launch.traffic.empty()) {
      Traffic &traffic = launch.traffic[regions[lastRegion].number];
      (write ? traffic.written : traffic.read) += bytes;
    }
    const Moment now{fiber.block, fiber.thread, fiber.barriers, fiber.warpBarriers};
    const auto first = reinterpret_cast<uintptr_t>(at);
    const uintptr_t grain = bytes < 4 ? static_cast<uintptr_t>(bytes) : 4;
    for (uintptr_t word = first; word < first + static_cast<uintptr_t>(bytes); word += grain) {
      if (!races.access(word, now, isShared, write)) {
        fault = fmt::format("block {}, thread {}: a {} of {} memory races with another thread's access", fiber.block,
                            fiber.thread, write ? "write" : "read", isShared ? "shared" : "global");
        leave(fiber);
      }
    }
  }

  bool isGlobal(const std::byte *at, int32_t bytes) {
    auto holds = [&](const MemoryRegion &region) {
      const auto *begin = static_cast<const std::byte *>(region.begin);
      return at >= begin && at + bytes <= begin + region.bytes;
    };
    if (lastRegion < regions.size() && holds(regions[lastRegion])) {
      return true;
    }
    auto behind =
        std::ranges::upper_bound(regions, static_cast<const void *>(at), std::less<>(), &NumberedRegion::begin);
    lastRegion = static_cast<size_t>(behind - regions.begin()) - 1;
    return behind != regions.begin() && holds(regions[lastRegion]);
  }

  EmulatedKernel kernel;
  std::span<void *const> operands;
  EmulatedLaunch launch;
  std::mt19937_64 random;
  std::vector<NumberedRegion> regions; ///< by address
  size_t lastRegion = 0;
  std::unique_ptr<char[]> stacks;
  std::vector<std::byte> shared;
  const std::byte *sharedBegin = nullptr;
  std::vector<Fiber> fibers;
  std::vector<size_t> order;
  RaceCheck races;
  jmp_buf scheduler = {};
  std::string fault;
};

} // namespace

Result<void> emulate(EmulatedKernel kernel, std::span<void *const> operands, std::span<const MemoryRegion> memory,
                     const EmulatedLaunch &launch) {
  if (launch.threads <= 0 || launch.threads % kWarp != 0 || launch.threads > 1024 || launch.blocks < 0 ||
      launch.blocks > INT32_MAX || launch.sharedBytes < 0) {
    return fail(ErrorKind::BadInput, fmt::format("no launch of {} blocks of {} threads with {} bytes", launch.blocks,
                                                 launch.threads, launch.sharedBytes));
  }
  return Grid(kernel, operands, memory, launch).run();
}

} // namespace clew::emulation
