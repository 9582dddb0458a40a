// The stand-in itself finds what it is for: work that nobody waited for, races between streams, memory that goes too soon, leaks.
#include "tests/runtime/cuda/StandIn.h"

#include <vector>

using namespace clew;
using namespace clew::test;
using cuda::Address;
using cuda::Status;
using cuda::Stream;

namespace {

/// The functions, called as a runtime with mistakes would.
struct Gpu : StandIn {
  Gpu() {
    find<Status(unsigned)>("cuInit")(0);
    find<Status(cuda::Context *, int)>("cuDevicePrimaryCtxRetain")(&context, 0);
    find<Status(cuda::Context)>("cuCtxSetCurrent")(context);
  }
  ~Gpu() { find<Status(int)>("cuDevicePrimaryCtxRelease_v2")(0); }

  Stream stream() {
    Stream made = nullptr;
    REQUIRE(find<Status(Stream *, unsigned)>("cuStreamCreate")(&made, 1) == 0);
    return made;
  }
  Address device(size_t bytes) {
    Address made = 0;
    REQUIRE(find<Status(Address *, size_t)>("cuMemAlloc_v2")(&made, bytes) == 0);
    return made;
  }
  unsigned char *pinned(size_t bytes) {
    void *made = nullptr;
    REQUIRE(find<Status(void **, size_t, unsigned)>("cuMemHostAlloc")(&made, bytes, 0) == 0);
    return static_cast<unsigned char *>(made);
  }
  Status fill(Address target, unsigned char value, size_t bytes, Stream stream) {
    return find<Status(Address, unsigned char, size_t, Stream)>("cuMemsetD8Async")(target, value, bytes, stream);
  }
  Status toHost(void *target, Address source, size_t bytes, Stream stream) {
    return find<Status(void *, Address, size_t, Stream)>("cuMemcpyDtoHAsync_v2")(target, source, bytes, stream);
  }
  Status toDevice(Address target, const void *source, size_t bytes, Stream stream) {
    return find<Status(Address, const void *, size_t, Stream)>("cuMemcpyHtoDAsync_v2")(target, source, bytes, stream);
  }
  Status wait(Stream stream) { return find<Status(Stream)>("cuStreamSynchronize")(stream); }
  void end(std::vector<Stream> streams, std::vector<Address> device, std::vector<unsigned char *> pinned) {
    for (Stream stream : streams) {
      find<Status(Stream)>("cuStreamDestroy_v2")(stream);
    }
    for (Address address : device) {
      find<Status(Address)>("cuMemFree_v2")(address);
    }
    for (unsigned char *memory : pinned) {
      find<Status(void *)>("cuMemFreeHost")(memory);
    }
  }

  cuda::Context context = nullptr;
};

constexpr size_t kBytes = 256;

} // namespace

TEST_CASE("nothing runs before somebody waits") {
  Gpu gpu;
  const Stream stream = gpu.stream();
  const Address memory = gpu.device(kBytes);
  unsigned char *host = gpu.pinned(kBytes);
  host[0] = 1;
  CHECK(gpu.toDevice(memory, host, kBytes, stream) == 0);
  host[0] = 2; // too soon: the copy takes this
  CHECK(gpu.wait(stream) == 0);
  host[0] = 3;
  CHECK(gpu.toHost(host, memory, kBytes, stream) == 0);
  CHECK(host[0] == 3);
  CHECK(gpu.wait(stream) == 0);
  CHECK(host[0] == 2);
  gpu.end({stream}, {memory}, {host});
  CHECK(gpu.problems() == "");
}

TEST_CASE("a missing event is found, in every order; with it there is none") {
  for (const bool withEvent : {false, true}) {
    for (int seed = 1; seed < 20; ++seed) {
      Gpu gpu;
      gpu.configure("seed=" + std::to_string(seed));
      const Stream one = gpu.stream();
      const Stream two = gpu.stream();
      const Address memory = gpu.device(kBytes);
      unsigned char *host = gpu.pinned(kBytes);
      void *event = nullptr;
      gpu.find<Status(void **, unsigned)>("cuEventCreate")(&event, 0);
      CHECK(gpu.fill(memory, 5, kBytes, one) == 0);
      if (withEvent) {
        CHECK(gpu.find<Status(void *, Stream)>("cuEventRecord")(event, one) == 0);
        CHECK(gpu.find<Status(Stream, void *, unsigned)>("cuStreamWaitEvent")(two, event, 0) == 0);
      }
      CHECK(gpu.toHost(host, memory, kBytes, two) == 0);
      CHECK(gpu.wait(two) == 0);
      CHECK(gpu.wait(one) == 0);
      if (withEvent) {
        CHECK(host[0] == 5);
        CHECK(gpu.problems() == "");
      } else {
        CHECK(gpu.problems().find("race: '") == 0);
      }
      gpu.find<Status(void *)>("cuEventDestroy_v2")(event);
      gpu.end({one, two}, {memory}, {host});
    }
  }
}

TEST_CASE("a wait of the host orders streams, too; reads do not race") {
  Gpu gpu;
  const Stream one = gpu.stream();
  const Stream two = gpu.stream();
  const Address memory = gpu.device(kBytes);
  unsigned char *host = gpu.pinned(2 * kBytes);
  CHECK(gpu.fill(memory, 5, kBytes, one) == 0);
  CHECK(gpu.wait(one) == 0);
  CHECK(gpu.toHost(host, memory, kBytes, one) == 0);
  CHECK(gpu.toHost(host + kBytes, memory, kBytes, two) == 0);
  CHECK(gpu.wait(two) == 0);
  CHECK(gpu.wait(one) == 0);
  CHECK(gpu.problems() == "");
  gpu.end({one, two}, {memory}, {host});
}

TEST_CASE("memory that goes while work waits for it is found, and so is what stays") {
  Gpu gpu;
  const Stream stream = gpu.stream();
  const Address memory = gpu.device(kBytes);
  const Address other = gpu.device(kBytes);
  CHECK(gpu.fill(memory, 5, kBytes, stream) == 0);
  CHECK(gpu.wait(stream) == 0);
  CHECK(gpu.fill(other, 5, kBytes, stream) == 0);
  gpu.find<Status(Address)>("cuMemFree_v2")(memory);
  CHECK(gpu.problems() == "");
  CHECK(gpu.leaks() == "1 device memory, 1 streams, 1 context");
  gpu.find<Status(Address)>("cuMemFree_v2")(other);
  CHECK(gpu.problems() == "device memory is freed while 'a fill' waits to use it\n");
}

TEST_CASE("a capture holds work, and breaks where the driver's would") {
  Gpu gpu;
  const Stream stream = gpu.stream();
  const Address memory = gpu.device(kBytes);
  unsigned char *host = gpu.pinned(kBytes);
  const auto begin = gpu.find<Status(Stream, int)>("cuStreamBeginCapture_v2");
  const auto end = gpu.find<Status(Stream, cuda::Graph *)>("cuStreamEndCapture");
  cuda::Graph graph = nullptr;
  cuda::GraphExec exec = nullptr;
  CHECK(begin(stream, 1) == 0);
  CHECK(gpu.fill(memory, 9, kBytes, stream) == 0);
  CHECK(gpu.toHost(host, memory, kBytes, stream) == 0);
  CHECK(end(stream, &graph) == 0);
  CHECK(gpu.wait(stream) == 0);
  CHECK(host[0] == 0xff); // as it was taken
  CHECK(gpu.find<Status(cuda::GraphExec *, cuda::Graph, unsigned long long)>("cuGraphInstantiateWithFlags")(
            &exec, graph, 0) == 0);
  CHECK(gpu.find<Status(cuda::GraphExec, Stream)>("cuGraphLaunch")(exec, stream) == 0);
  CHECK(gpu.wait(stream) == 0);
  CHECK(host[0] == 9);
  CHECK(begin(stream, 1) == 0);
  CHECK(gpu.wait(stream) == 900);
  CHECK(end(stream, &graph) == 901);
  Address none = 0;
  CHECK(begin(stream, 1) == 0);
  CHECK(gpu.find<Status(Address *, size_t)>("cuMemAlloc_v2")(&none, kBytes) == 900);
  CHECK(end(stream, &graph) == 901);
}
