// Labels of tokens to entities.
#include "suites/kinds/Decoding.h"

namespace clew {

void decodeTags(const Task &task, const SequenceLogits &logits, std::vector<Entity> &entities) {
  const auto [values, begins, ends] = logits;
  const size_t columns = 1 + 2 * task.labels.size();
  int32_t open = -1; // the type of the entity that the token before belongs to
  for (size_t i = 0; i < begins.size(); ++i) {
    const int32_t tag = argmax(values.subspan(i * columns, columns));
    if (tag == 0) {
      open = -1;
      continue;
    }
    const int32_t type = (tag - 1) / 2;
    const bool inside = tag % 2 == 0;
    if (inside && type == open) {
      entities.back().end = ends[i];
    } else {
      entities.push_back({task.labels[static_cast<size_t>(type)], begins[i], ends[i]});
    }
    open = type;
  }
}

void decodeEach(const Task &task, const SequenceLogits &logits, std::vector<Entity> &entities) {
  const auto [values, begins, ends] = logits;
  const size_t columns = task.labels.size();
  for (size_t i = 0; i < begins.size(); ++i) {
    const int32_t label = argmax(values.subspan(i * columns, columns));
    entities.push_back({task.labels[static_cast<size_t>(label)], begins[i], ends[i]});
  }
}

} // namespace clew
