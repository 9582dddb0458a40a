// See Machine.h.
#include "tests/runtime/cuda/standin/Machine.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <thread>

namespace clew::standin {

namespace {

constexpr size_t kPage = 4096;

size_t mappedBytes(size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

int64_t numberOf(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

uint64_t thisThread() { return std::hash<std::thread::id>()(std::this_thread::get_id()); }

} // namespace

void merge(Clock &clock, const Clock &other) {
  for (const auto &[stream, position] : other) {
    int64_t &mine = clock[stream];
    mine = std::max(mine, position);
  }
}

Machine &Machine::get() {
  static Machine machine;
  static const bool configured = [] {
    const char *settings = std::getenv("CLEW_STAND_IN");
    machine.configure(settings ? settings : "");
    return true;
  }();
  (void)configured;
  return machine;
}

void Machine::configure(std::string_view text) {
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view entry = text.substr(0, comma);
    text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    const size_t equals = entry.find('=');
    const std::string_view key = entry.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? "" : entry.substr(equals + 1);
    if (key == "seed") {
      random.seed(seed = static_cast<uint64_t>(numberOf(value)));
    } else if (key == "chip") {
      chip = static_cast<int>(numberOf(value));
    } else if (key == "version") {
      version = static_cast<int>(numberOf(value));
    } else if (key == "devices") {
      devices = static_cast<int>(numberOf(value));
    } else if (key == "memory") {
      memory = static_cast<size_t>(numberOf(value));
    } else if (key == "report") {
      reportFile = value;
    } else if (key == "fail") {
      const size_t first = value.find(':');
      const size_t second = value.find(':', first + 1);
      faults.push_back({std::string(value.substr(0, first)),
                        static_cast<Status>(numberOf(value.substr(first + 1, second - first - 1))),
                        numberOf(value.substr(second + 1))});
    } else {
      report(fmt::format("unknown setting '{}'", entry));
    }
  }
}

void Machine::forget() {
  problems.clear();
  counters.clear();
  alive.clear(); // a lost device gives nothing back
  faults.clear();
  broken = 0;
  seed = 1;
  random.seed(1);
  chip = 80;
  version = 13000;
  devices = 1;
  memory = size_t(4) << 30;
}

Status Machine::fault(const std::string &function) {
  ++counters[function];
  for (Fault &one : faults) {
    if (one.function == function && --one.left == 0) {
      return one.status;
    }
  }
  return 0;
}

Status Machine::enter(const char *function, bool needsContext) {
  if (const Status due = fault(function)) {
    return due;
  }
  if (broken != 0) {
    return broken;
  }
  constexpr Status kInvalidContext = 201;
  return needsContext && contexts == 0 ? kInvalidContext : 0;
}

Status Machine::breakDown(Status status) {
  broken = broken == 0 ? status : broken;
  return broken;
}

Status Machine::allocate(size_t bytes, bool pinned, uintptr_t &host) {
  if (bytes == 0) {
    return 1;
  }
  if (!pinned && used + bytes > memory) {
    return cuda::status::outOfMemory;
  }
  // A page that nobody may touch stands behind.
  void *mapped = mmap(nullptr, mappedBytes(bytes) + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) {
    return cuda::status::outOfMemory;
  }
  host = reinterpret_cast<uintptr_t>(mapped);
  mprotect(static_cast<std::byte *>(mapped) + mappedBytes(bytes), kPage, PROT_NONE);
  constexpr size_t kPoisoned = size_t(4) << 20; // enough to be found, without touching all of a large piece
  std::memset(mapped, 0xff, std::min(bytes, kPoisoned));
  pieces[host] = {host, bytes, pinned};
  used += pinned ? 0 : bytes;
  ++alive[pinned ? "pinned memory" : "device memory"];
  return 0;
}

Status Machine::release(uintptr_t host, bool pinned) {
  const auto found = pieces.find(host);
  if (found == pieces.end() || found->second.pinned != pinned) {
    return 1;
  }
  const Piece piece = found->second;
  const auto holds = [&](uintptr_t address) { return address >= piece.begin && address < piece.begin + piece.bytes; };
  for (const StreamState *stream : streams) {
    for (const StreamState::Queued &queued : stream->queue) {
      if (std::ranges::any_of(queued.work.uses, holds)) {
        report(fmt::format("{} memory is freed while '{}' waits to use it", pinned ? "pinned" : "device",
                           queued.work.what));
      }
    }
  }
  munmap(reinterpret_cast<void *>(piece.begin), mappedBytes(piece.bytes) + kPage);
  pieces.erase(found);
  used -= pinned ? 0 : piece.bytes;
  --alive[pinned ? "pinned memory" : "device memory"];
  return 0;
}

const Machine::Piece *Machine::pieceAt(uintptr_t host) const {
  auto behind = pieces.upper_bound(host);
  if (behind == pieces.begin()) {
    return nullptr;
  }
  const Piece &piece = std::prev(behind)->second;
  return host < piece.begin + piece.bytes ? &piece : nullptr;
}

bool Machine::resolve(Address address, size_t bytes, uintptr_t &host) const {
  if ((address & kDeviceBit) == 0) {
    return false;
  }
  host = static_cast<uintptr_t>(address & ~kDeviceBit);
  const Piece *piece = pieceAt(host);
  return piece && !piece->pinned && host + bytes <= piece->begin + piece->bytes;
}

bool Machine::isPinned(const void *memory, size_t bytes) const {
  const auto host = reinterpret_cast<uintptr_t>(memory);
  const Piece *piece = pieceAt(host);
  return piece && piece->pinned && host + bytes <= piece->begin + piece->bytes;
}

bool Machine::spoilsCapture() {
  bool any = false;
  for (StreamState *stream : streams) {
    if (stream->capturing && stream->capturedBy == thisThread()) {
      stream->spoiled = any = true;
    }
  }
  return any;
}

Status Machine::enqueue(StreamState &stream, Work work) {
  if (stream.capturing) {
    stream.capturing->works.push_back(std::move(work));
    return 0;
  }
  Clock clock = stream.clock;
  merge(clock, waited);
  clock[stream.number] = ++stream.issued;
  stream.clock = clock;
  stream.queue.push_back({std::move(work), std::move(clock), stream.issued, nullptr});
  return 0;
}

Status Machine::record(StreamState &stream, EventState &event) {
  ++event.pending;
  const Status queued = enqueue(stream, {"an event", {}, [&event](std::vector<Touch> &) {
                                           --event.pending;
                                           return Status(0);
                                         }});
  event.clock = stream.clock;
  return queued;
}

Status Machine::waitFor(StreamState &stream, EventState &event) {
  merge(stream.clock, event.clock);
  const Status queued = enqueue(stream, {"a wait", {}, [](std::vector<Touch> &) { return Status(0); }});
  stream.queue.back().waits = &event;
  return queued;
}

void Machine::compare(const StreamState &stream, const StreamState::Queued &queued, const std::vector<Touch> &touched) {
  for (const Done &done : recent) {
    const auto known = queued.clock.find(done.stream);
    if (done.stream == stream.number || (known != queued.clock.end() && known->second >= done.position)) {
      continue;
    }
    const bool meets = std::ranges::any_of(touched, [&](const Touch &mine) {
      return std::ranges::any_of(done.touched, [&](const Touch &other) {
        return (mine.write || other.write) && mine.begin < other.end && other.begin < mine.end;
      });
    });
    if (meets) {
      report(fmt::format("race: '{}' of stream {} and '{}' of stream {}", done.what, done.stream, queued.work.what,
                         stream.number));
    }
  }
}

bool Machine::runOne() {
  std::vector<StreamState *> able;
  std::ranges::copy_if(streams, std::back_inserter(able), [](const StreamState *stream) {
    return !stream->queue.empty() && (!stream->queue.front().waits || stream->queue.front().waits->pending == 0);
  });
  if (able.empty()) {
    return false;
  }
  StreamState &stream = *able[random() % able.size()];
  const StreamState::Queued queued = std::move(stream.queue.front());
  stream.queue.pop_front();
  if (broken != 0) {
    return true; // a lost device does nothing more
  }
  std::vector<Touch> touched;
  if (const Status status = queued.work.run(touched)) {
    breakDown(status);
    return true;
  }
  compare(stream, queued, touched);
  recent.push_back({stream.number, queued.position, queued.work.what, std::move(touched)});
  return true;
}

Status Machine::wait(StreamState &stream) {
  constexpr Status kCaptureUnsupported = 900;
  if (stream.capturing) {
    stream.spoiled = true;
    return kCaptureUnsupported;
  }
  while (!stream.queue.empty()) {
    if (!runOne()) {
      report("streams wait for each other");
      return breakDown(cuda::status::unknown);
    }
  }
  merge(waited, stream.clock);
  // What waits may have been asked for before this wait: it does not know of it.
  const auto knows = [](const Clock &clock, const Done &done) {
    const auto known = clock.find(done.stream);
    return known != clock.end() && known->second >= done.position;
  };
  std::erase_if(recent, [&](const Done &done) {
    return knows(waited, done) && std::ranges::all_of(streams, [&](const StreamState *other) {
             return std::ranges::all_of(other->queue, [&](const auto &queued) { return knows(queued.clock, done); });
           });
  });
  return broken;
}

std::string Machine::leaks() const {
  std::vector<std::string> left;
  for (const auto &[kind, count] : alive) {
    if (count != 0) {
      left.push_back(fmt::format("{} {}", count, kind));
    }
  }
  if (contexts != 0) {
    left.push_back(fmt::format("{} context", contexts));
  }
  return fmt::format("{}", fmt::join(left, ", "));
}

Machine::~Machine() {
  if (reportFile.empty()) {
    return;
  }
  if (std::FILE *file = std::fopen(reportFile.c_str(), "a")) {
    for (const std::string &problem : problems) {
      std::fputs(fmt::format("problem: {}\n", problem).c_str(), file);
    }
    std::fputs(fmt::format("leaks: {}\n", leaks()).c_str(), file);
    for (const auto &[function, count] : counters) {
      std::fputs(fmt::format("count: {} {}\n", function, count).c_str(), file);
    }
    std::fclose(file);
  }
}

} // namespace clew::standin
