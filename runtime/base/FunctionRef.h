// FunctionRef: a borrowed callable, two words wide and free to copy. Loop bodies are passed this way because
// std::function would allocate for each parallel loop, and a template would pull the thread pool into every header.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace clew {

template <typename Signature> class FunctionRef;

/// Refers to a callable that must outlive every call; meant for parameters, never for members.
template <typename R, typename... Args> class FunctionRef<R(Args...)> {
public:
  template <typename F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> && std::is_invocable_r_v<R, F &, Args...>)
  FunctionRef(F &&function)
      : object(const_cast<void *>(static_cast<const void *>(std::addressof(function)))),
        callee([](void *object, Args... args) -> R {
          return (*static_cast<std::add_pointer_t<std::remove_reference_t<F>>>(object))(std::forward<Args>(args)...);
        }) {
    static_assert(!std::is_function_v<std::remove_reference_t<F>>, "wrap a plain function in a lambda");
  }

  R operator()(Args... args) const { return callee(object, std::forward<Args>(args)...); }

private:
  void *object;
  R (*callee)(void *, Args...);
};

} // namespace clew
