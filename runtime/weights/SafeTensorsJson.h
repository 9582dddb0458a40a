// Reads the JSON of a safetensors header into entries, event by event (nlohmann's SAX interface), because a parsed
// document would have forgotten duplicate keys and would cost many times the header's size.
#pragma once

#include "runtime/weights/SafeTensorsHeader.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// A tensor's entry as the header states it, with types, lists and keys checked, but not yet sizes and offsets.
struct SafeTensorsEntry {
  std::string name;
  std::optional<StoredType> type;
  std::optional<std::vector<int64_t>> shape;   ///< non-negative
  std::optional<std::vector<int64_t>> offsets; ///< begin and end relative to the data, non-negative
};

struct SafeTensorsEntries {
  std::vector<SafeTensorsEntry> entries; ///< complete: every optional has a value
  SafeTensorsMetadata metadata;
};

/// BadInput at `where` if the text is not the JSON that a header must be. Memory is bounded by the text's length and
/// the limits in SafeTensorsHeader.h; nesting is bounded because nothing nests deeper than an entry's lists.
Result<SafeTensorsEntries> readSafeTensorsJson(std::string_view text, const std::string &where);

} // namespace clew
