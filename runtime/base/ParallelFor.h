// parallelFor: the only place where Clew runs on more than one thread. One pool of workers serves the whole process, so
// that many Sessions share the machine instead of multiplying threads.
#pragma once

#include "runtime/base/FunctionRef.h"

#include <cstdint>

namespace clew {

/// Calls `body(job, thread)` once for each job in 0..jobs-1 and returns when all are done; everything the bodies
/// wrote is then visible to the caller. Jobs are handed out in increasing order to whoever is free. `thread` is in
/// 0..threads-1 and no two bodies of one call that run at the same time have the same: index scratch memory with it.
///
/// The caller takes part (as thread 0), joined by at most threads-1 idle workers of the pool. Workers that other
/// calls keep busy are not waited for, and a call from inside a body runs alone on its thread: concurrent and nested
/// calls never deadlock, and how many threads take part is never promised. Results must therefore not depend on
/// `thread`.
///
/// Bodies run with denormals flushed to zero (on the caller until the call returns) and must not throw.
/// threads <= 1 runs on the caller alone. Callable from any thread; a forked child starts with a fresh pool.
void parallelFor(int threads, int64_t jobs, FunctionRef<void(int64_t job, int thread)> body);

} // namespace clew
