// A pool of workers, one mailbox each. A caller claims idle workers by writing into their mailboxes and takes back
// the offers that nobody picked up by the time the work is done, so that a short loop never waits for a sleeping
// thread to wake up.
#include "runtime/base/ParallelFor.h"

#include "runtime/base/FlushDenormals.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <pthread.h>
#include <system_error>
#include <thread>

namespace clew {
namespace {

/// Longer than the gap between two steps of a Session, shorter than a scheduler's slice.
constexpr auto spinTime = std::chrono::microseconds(70);
constexpr int maxWorkers = 255;

/// One parallelFor call; lives on the caller's stack until every worker that took it has reported Done.
struct Loop {
  FunctionRef<void(int64_t, int)> body;
  int64_t jobs;
  alignas(64) std::atomic<int64_t> next{0};

  void run(int thread) {
    for (int64_t job; (job = next.fetch_add(1, std::memory_order_relaxed)) < jobs;) {
      body(job, thread);
    }
  }
};

/// Who moves a mailbox on: Idle -> Asleep (worker), Idle | Asleep -> Claimed -> Offered (caller), then Offered ->
/// Running (worker) or Offered -> Idle (caller takes it back), Running -> Awaited (caller goes to sleep), Running |
/// Awaited -> Done (worker), Done -> Idle (caller). int, because that is what the kernel can wait on.
enum State : int { Idle, Asleep, Claimed, Offered, Running, Awaited, Done };

struct alignas(64) Mailbox {
  std::atomic<int> state{Idle};
  Loop *loop = nullptr;
  int thread = 0;
};

thread_local bool insideBody = false;

void pauseCpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

/// Waits with pauses until `ready` or the spin time is over; returns whether it was ready.
template <typename Ready> bool spinUntil(Ready ready) {
  auto end = std::chrono::steady_clock::now() + spinTime;
  do {
    for (int i = 0; i < 32; ++i) {
      if (ready()) {
        return true;
      }
      pauseCpu();
    }
  } while (std::chrono::steady_clock::now() < end);
  return ready();
}

void workerLoop(Mailbox &mailbox) {
  FlushDenormals flush;
  insideBody = true;
  for (;;) {
    int expected = Offered;
    if (mailbox.state.compare_exchange_strong(expected, Running)) {
      mailbox.loop->run(mailbox.thread);
      if (mailbox.state.exchange(Done) == Awaited) {
        mailbox.state.notify_one();
      }
    }
    if (!spinUntil([&] { return mailbox.state.load(std::memory_order_relaxed) == Offered; })) {
      expected = Idle;
      if (mailbox.state.compare_exchange_strong(expected, Asleep)) {
        mailbox.state.wait(Asleep);
      }
    }
  }
}

/// Never destroyed: its workers outlive main() and die with the process.
class Pool {
public:
  /// Offers the loop to up to `wanted` idle workers as threads 1, 2, ...; writes the mailboxes used, returns how many.
  int offer(Loop &loop, int wanted, std::array<Mailbox *, maxWorkers> &taken) {
    grow(wanted);
    int count = 0;
    int size = started.load(std::memory_order_acquire);
    for (int from : {Idle, Asleep}) { // awake ones first: they answer at once
      for (int i = 0; i < size && count < wanted; ++i) {
        int expected = from;
        if (mailboxes[i].state.load(std::memory_order_relaxed) != from ||
            !mailboxes[i].state.compare_exchange_strong(expected, Claimed)) {
          continue;
        }
        mailboxes[i].loop = &loop;
        mailboxes[i].thread = ++count;
        taken[count - 1] = &mailboxes[i];
        // Sequentially consistent, because notify_one reads the number of sleepers after it.
        mailboxes[i].state.store(Offered);
        if (from == Asleep) {
          mailboxes[i].state.notify_one();
        }
      }
    }
    return count;
  }

  /// Takes the offer back if it was not picked up, else waits until the worker is done.
  static void collect(Mailbox &mailbox) {
    int expected = Offered;
    if (mailbox.state.compare_exchange_strong(expected, Idle)) {
      return;
    }
    if (!spinUntil([&] { return mailbox.state.load(std::memory_order_relaxed) == Done; })) {
      expected = Running;
      if (mailbox.state.compare_exchange_strong(expected, Awaited)) {
        mailbox.state.wait(Awaited);
      }
    }
    mailbox.state.load(std::memory_order_acquire);
    mailbox.state.store(Idle);
  }

private:
  /// Starts workers until there are `wanted`; a machine that refuses more threads gets by with those it has.
  void grow(int wanted) {
    if (started.load(std::memory_order_acquire) >= wanted) {
      return;
    }
    std::lock_guard lock(growing);
    for (int size = started.load(); size < wanted; ++size) {
      try {
        std::thread(workerLoop, std::ref(mailboxes[size])).detach();
      } catch (const std::system_error &) {
        return;
      }
      started.store(size + 1, std::memory_order_release);
    }
  }

  std::atomic<int> started{0};
  std::mutex growing;
  std::array<Mailbox, maxWorkers> mailboxes;
};

std::atomic<Pool *> processPool{nullptr};

Pool &pool() {
  Pool *current = processPool.load(std::memory_order_acquire);
  if (current) {
    return *current;
  }
  static std::once_flag onFork;
  std::call_once(onFork, [] {
    // Threads do not survive a fork: the child leaves the parent's pool alone and makes its own.
    pthread_atfork(nullptr, nullptr, [] { processPool.store(nullptr); });
  });
  auto *fresh = new Pool;
  if (!processPool.compare_exchange_strong(current, fresh)) {
    delete fresh;
    return *current;
  }
  return *fresh;
}

} // namespace

void parallelFor(int threads, int64_t jobs, FunctionRef<void(int64_t, int)> body) {
  if (jobs <= 0) {
    return;
  }
  FlushDenormals flush;
  int helpers = static_cast<int>(std::min<int64_t>(std::min(threads - 1, maxWorkers), jobs - 1));
  if (helpers <= 0 || insideBody) {
    for (int64_t job = 0; job < jobs; ++job) {
      body(job, 0);
    }
    return;
  }
  Loop loop{body, jobs};
  std::array<Mailbox *, maxWorkers> taken;
  int count = pool().offer(loop, helpers, taken);
  insideBody = true;
  loop.run(0);
  insideBody = false;
  for (int i = 0; i < count; ++i) {
    Pool::collect(*taken[i]);
  }
}

} // namespace clew
