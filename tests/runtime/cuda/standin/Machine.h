// Machine: the GPU that the stand-in for NVIDIA's driver pretends to have. Its memory is the host's, its kernels are host code (see
// tests/emulation), but nothing runs when it is asked for: work waits in its stream until somebody waits for it, and then streams take turns
// in a shuffled order that is legal. So what lacks a synchronization reads what is not there yet.
//
// Races: two pieces of work on two streams touch the same bytes, one of them writing, and neither an event nor a wait of the host stands
// between them. They are reported, as are frees of memory that work still uses, and what is left at the end.
#pragma once

#include "runtime/cuda/Driver.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace clew::standin {

using cuda::Address;
using cuda::Status;

/// Device addresses have this bit: the host cannot read through them by mistake.
inline constexpr Address kDeviceBit = Address(1) << 62;

/// Bytes that a piece of work touched, as host addresses.
struct Touch {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  bool write = false;
};

/// Something for a stream to do. `run` does it and may be called again (graphs); it says what it touched.
struct Work {
  std::string what;
  std::vector<uintptr_t> uses; ///< host addresses in memory that must stay until it has run
  std::function<Status(std::vector<Touch> &)> run;
};

/// Positions in streams that are known to be done, by the stream's number.
using Clock = std::map<int64_t, int64_t>;
void merge(Clock &clock, const Clock &other);

struct EventState {
  Clock clock;
  int64_t pending = 0; ///< records that have not run
};

struct GraphState {
  std::vector<Work> works;
};

struct StreamState {
  int64_t number = 0;
  int64_t issued = 0; ///< position of the last work
  Clock clock;        ///< of the last work
  struct Queued {
    Work work;
    Clock clock;
    int64_t position = 0;
    EventState *waits = nullptr; ///< runs when nothing of it is pending
  };
  std::deque<Queued> queue;
  std::unique_ptr<GraphState> capturing;
  uint64_t capturedBy = 0; ///< the thread
  bool spoiled = false;    ///< the capture was broken
};

class Machine {
public:
  /// Everything goes through the one; whoever calls holds its mutex.
  static Machine &get();
  std::mutex mutex;

  /// "seed=3,chip=90,version=13000,devices=1,memory=1000000,fail=cuMemAlloc_v2:2:3,report=FILE": the third call of a function gives 2;
  /// functions "kernel", "copy" and "product" fail when they run.
  void configure(std::string_view text);
  void forget(); ///< everything but what it was made of

  /// What a function answers before it does anything: 0, a fault, or what broke the machine.
  Status enter(const char *function, bool needsContext = true);
  /// Whether the fault of work of that kind is due.
  Status fault(const std::string &function);
  /// After it, every call fails.
  Status breakDown(Status status);
  void report(std::string problem) { problems.push_back(std::move(problem)); }

  // Memory
  Status allocate(size_t bytes, bool pinned, uintptr_t &host);
  Status release(uintptr_t host, bool pinned);
  /// Whether all bytes lie in one piece of device memory, and where.
  bool resolve(Address address, size_t bytes, uintptr_t &host) const;
  bool isPinned(const void *memory, size_t bytes) const;
  /// The piece of memory that holds a host address: begin and bytes; null if none.
  struct Piece {
    uintptr_t begin = 0;
    size_t bytes = 0;
    bool pinned = false;
  };
  const Piece *pieceAt(uintptr_t host) const;

  // Work
  Status enqueue(StreamState &stream, Work work);
  Status wait(StreamState &stream);
  Status record(StreamState &stream, EventState &event);
  Status waitFor(StreamState &stream, EventState &event);
  /// A call that a capture of this thread forbids.
  bool spoilsCapture();

  uint64_t seed = 1;
  int chip = 80;
  int version = 13000;
  int devices = 1;
  size_t memory = size_t(4) << 30;
  size_t used = 0;
  std::string reportFile;
  bool initialized = false;
  int64_t contexts = 0;
  std::map<std::string, int64_t> counters; ///< calls by function; work by kind
  std::map<std::string, int64_t> alive;    ///< streams, modules, ... by kind
  std::vector<std::string> problems;
  std::vector<StreamState *> streams;
  int64_t madeStreams = 0;
  std::mt19937_64 random{1};

  std::string leaks() const;
  ~Machine();

private:
  struct Done {
    int64_t stream = 0;
    int64_t position = 0;
    std::string what;
    std::vector<Touch> touched;
  };
  struct Fault {
    std::string function;
    Status status = 0;
    int64_t left = 0; ///< calls until it is due
  };
  bool runOne();
  void compare(const StreamState &stream, const StreamState::Queued &queued, const std::vector<Touch> &touched);

  std::map<uintptr_t, Piece> pieces;
  std::vector<Fault> faults;
  std::vector<Done> recent; ///< work that nobody has waited for
  Clock waited;             ///< what the host has waited for
  Status broken = 0;
};

} // namespace clew::standin
