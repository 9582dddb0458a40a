// The driver's functions of streams, events and graphs over Machine.
#include "tests/runtime/cuda/standin/Machine.h"

#include <algorithm>
#include <thread>

using namespace clew;
using namespace clew::standin;

namespace {

constexpr Status kCaptureUnsupported = 900;
constexpr Status kCaptureInvalidated = 901;
constexpr Status kCaptureUnmatched = 903;

using Lock = std::unique_lock<std::mutex>;

StreamState *stateOf(cuda::Stream stream) { return reinterpret_cast<StreamState *>(stream); }
GraphState *stateOf(cuda::Graph graph) { return reinterpret_cast<GraphState *>(graph); }
GraphState *stateOf(cuda::GraphExec graph) { return reinterpret_cast<GraphState *>(graph); }
EventState *eventOf(void *event) { return static_cast<EventState *>(event); }

struct Entry {
  explicit Entry(const char *function) : lock(Machine::get().mutex), machine(Machine::get()) {
    status = machine.enter(function);
  }
  Lock lock;
  Machine &machine;
  Status status = 0;
};

} // namespace

extern "C" {

Status cuStreamCreate(cuda::Stream *stream, unsigned) {
  Entry entry("cuStreamCreate");
  if (entry.status == 0) {
    auto *state = new StreamState;
    state->number = ++entry.machine.madeStreams;
    entry.machine.streams.push_back(state);
    ++entry.machine.alive["streams"];
    *stream = reinterpret_cast<cuda::Stream>(state);
  }
  return entry.status;
}

Status cuStreamDestroy_v2(cuda::Stream stream) {
  Entry entry("cuStreamDestroy_v2");
  if (!stateOf(stream)->queue.empty()) {
    entry.machine.wait(*stateOf(stream));
  }
  std::erase(entry.machine.streams, stateOf(stream));
  --entry.machine.alive["streams"];
  delete stateOf(stream);
  return entry.status;
}

Status cuStreamSynchronize(cuda::Stream stream) {
  Entry entry("cuStreamSynchronize");
  return entry.status != 0 ? entry.status : entry.machine.wait(*stateOf(stream));
}

Status cuEventCreate(void **event, unsigned) {
  Entry entry("cuEventCreate");
  *event = new EventState;
  ++entry.machine.alive["events"];
  return entry.status;
}

Status cuEventRecord(void *event, cuda::Stream stream) {
  Entry entry("cuEventRecord");
  return entry.status != 0 ? entry.status : entry.machine.record(*stateOf(stream), *eventOf(event));
}

Status cuStreamWaitEvent(cuda::Stream stream, void *event, unsigned) {
  Entry entry("cuStreamWaitEvent");
  if (stateOf(stream)->capturing) {
    stateOf(stream)->spoiled = true;
    return kCaptureUnsupported;
  }
  return entry.status != 0 ? entry.status : entry.machine.waitFor(*stateOf(stream), *eventOf(event));
}

Status cuEventDestroy_v2(void *event) {
  Entry entry("cuEventDestroy_v2");
  --entry.machine.alive["events"];
  delete eventOf(event);
  return entry.status;
}

Status cuStreamBeginCapture_v2(cuda::Stream stream, int) {
  Entry entry("cuStreamBeginCapture_v2");
  if (entry.status != 0 || stateOf(stream)->capturing) {
    return entry.status != 0 ? entry.status : kCaptureUnsupported;
  }
  stateOf(stream)->capturing = std::make_unique<GraphState>();
  stateOf(stream)->capturedBy = std::hash<std::thread::id>()(std::this_thread::get_id());
  stateOf(stream)->spoiled = false;
  return 0;
}

Status cuStreamEndCapture(cuda::Stream stream, cuda::Graph *graph) {
  Entry entry("cuStreamEndCapture");
  *graph = nullptr;
  if (!stateOf(stream)->capturing) {
    return kCaptureUnmatched;
  }
  auto captured = std::move(stateOf(stream)->capturing);
  if (entry.status != 0 || stateOf(stream)->spoiled) {
    return entry.status != 0 ? entry.status : kCaptureInvalidated;
  }
  ++entry.machine.alive["graphs"];
  *graph = reinterpret_cast<cuda::Graph>(captured.release());
  return 0;
}

Status cuGraphDestroy(cuda::Graph graph) {
  Entry entry("cuGraphDestroy");
  --entry.machine.alive["graphs"];
  delete stateOf(graph);
  return entry.status;
}

Status cuGraphInstantiateWithFlags(cuda::GraphExec *exec, cuda::Graph graph, unsigned long long) {
  Entry entry("cuGraphInstantiateWithFlags");
  if (entry.status == 0) {
    *exec = reinterpret_cast<cuda::GraphExec>(new GraphState(*stateOf(graph)));
    ++entry.machine.alive["graphs"];
  }
  return entry.status;
}

/// The graph is one piece of work: what it was captured from was one stream.
Status cuGraphLaunch(cuda::GraphExec exec, cuda::Stream stream) {
  Entry entry("cuGraphLaunch");
  if (entry.status != 0) {
    return entry.status;
  }
  const GraphState *graph = stateOf(exec);
  Work all;
  all.what = "a graph";
  for (const Work &work : graph->works) {
    all.uses.insert(all.uses.end(), work.uses.begin(), work.uses.end());
  }
  all.run = [works = graph->works](std::vector<Touch> &touched) {
    for (const Work &work : works) {
      if (const Status status = work.run(touched)) {
        return status;
      }
    }
    return Status(0);
  };
  return entry.machine.enqueue(*stateOf(stream), std::move(all));
}

Status cuGraphExecDestroy(cuda::GraphExec exec) {
  Entry entry("cuGraphExecDestroy");
  --entry.machine.alive["graphs"];
  delete stateOf(exec);
  return entry.status;
}

/// For libraries that put work of their own on a stream: the stand-in for cuBLASLt.
Status clewStandInEnqueue(cuda::Stream stream, Work &&work) {
  Entry entry("clewStandInEnqueue");
  return entry.status != 0 ? entry.status : entry.machine.enqueue(*stateOf(stream), std::move(work));
}

/// The host's address of device memory, or 0.
uintptr_t clewStandInResolve(Address address, size_t bytes) {
  const Lock lock(Machine::get().mutex);
  uintptr_t host = 0;
  return Machine::get().resolve(address, bytes, host) ? host : 0;
}

/// Called by work that runs: the machine is locked.
Status clewStandInFault(const char *kind) { return Machine::get().fault(kind); }

void clewStandInAlive(const char *kind, int64_t more) {
  const Lock lock(Machine::get().mutex);
  Machine::get().alive[kind] += more;
}

} // extern "C"
