// Holds entities against the text that they are said to stand in.
#include "suites/metrics/EntityCheck.h"

#include "suites/metrics/Surface.h"

#include <fmt/format.h>

namespace clew {

Result<void> checkEntities(const EntityAnswer &answer, std::string_view text) {
  const Surface surface(text);
  for (size_t i = 0; i < answer.entities.size(); ++i) {
    const Entity &entity = answer.entities[i];
    if (entity.begin < 0 || entity.begin >= entity.end || entity.end > surface.length()) {
      return fail(ErrorKind::BadInput, fmt::format("[{}, {}] lies outside a text of {} characters", entity.begin,
                                                   entity.end - 1, surface.length()));
    }
    const std::string_view found = surface.slice(entity.begin, entity.end);
    if (i < answer.surfaces.size() && answer.surfaces[i] != found) {
      return fail(ErrorKind::BadInput, fmt::format("[{}, {}] is '{}' in the text, not '{}' (ends are inclusive)",
                                                   entity.begin, entity.end - 1, found, answer.surfaces[i]));
    }
  }
  return {};
}

} // namespace clew
