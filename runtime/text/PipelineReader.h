// What tokenizer.json says of a Pipeline: normalizer, pre_tokenizer, and what its post_processor does to offsets. What is not known is
// refused by name.
#pragma once

#include "runtime/text/Charsmap.h"
#include "runtime/text/Pattern.h"
#include "runtime/text/Pipeline.h"
#include "runtime/text/SettingsReader.h"

#include <memory>
#include <string>
#include <vector>

namespace clew {

/// The file's `normalizer`; none where it is null.
Result<TextNormalizer> readTextNormalizer(const JsonFile &file, std::vector<std::string> &notes);

/// The table of characters in the file's `normalizer`; null where there is none.
Result<std::shared_ptr<const Charsmap>> readCharsmap(const JsonFile &file, std::vector<std::string> &notes);

/// The file's `pre_tokenizer`; none where it is null.
Result<std::vector<SplitStep>> readSplitSteps(const JsonFile &file, std::vector<std::string> &notes);

/// The `pattern` of a normalizer or pre_tokenizer, {"Regex": ".."}. BadInput for what is none.
Result<std::shared_ptr<const Pattern>> readPattern(const JsonFile &file, const JsonNode &node, const std::string &key);

/// Both of a tokenizer.json whose model reads characters: BadInput for a pre_tokenizer that makes bytes.
Result<PipelineParts> readCharacterParts(const JsonFile &file, std::vector<std::string> &notes);

/// Of the file's `post_processor`.
Result<std::vector<OffsetTrim>> readOffsetTrims(const JsonFile &file);

/// Notes keys at the file's root that nobody knows.
void noteRootKeys(const JsonFile &file, std::vector<std::string> &notes);

} // namespace clew
