#pragma once

#include <event2/event.h>

#include "base/check.hpp"
#include "base/handle.hpp"
#include "base/time.hpp"

/// libevent with owners and members instead of void pointers.
namespace pawl::steps {

using LoopEvent = Handle<event, event_free>;

/// The C callback behind a member function. An exception here has no one to catch it: it ends the
/// process, and the recovery is the one after a crash.
template <auto Method, class T>
void call_method(evutil_socket_t, short, void* self) noexcept {
  (static_cast<T*>(self)->*Method)();
}

/// An event, not yet added, that calls `Method` of `self`; `fd` -1 for timers and posted events.
template <auto Method, class T>
LoopEvent new_event(event_base* base, int fd, short what, T* self) {
  LoopEvent made(event_new(base, fd, what, &call_method<Method, T>, self));
  check(made != nullptr, "libevent has memory for an event");
  return made;
}

/// Adds the event as a timer that fires after `delay`.
inline void arm(const LoopEvent& timer, Micros delay) {
  const auto span = delay.count() > 0 ? delay.count() : 0;
  const timeval wait{span / 1'000'000, span % 1'000'000};
  event_add(timer.get(), &wait);
}

}  // namespace pawl::steps
