// What pages are put together from: files of the installation, and a content security policy that admits nothing else.
#pragma once

#include "runtime/base/Result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clew {

/// share/clew/report of the installation, or suites/report/assets of the source tree around it. NotFound if there is neither.
Result<std::string> assetFolder();
Result<std::string> readAsset(const std::string &path);

/// 'sha256-BASE64', as a content security policy names a script.
Result<std::string> policySource(std::string_view text);

std::string escapedHtml(std::string_view text);

/// The page with what stands for each {{NAME}}; nothing that is put in is looked at again. BadInput for a name without a part.
Result<std::string> filledPage(const std::string &page, const std::vector<std::pair<std::string, std::string>> &parts);

} // namespace clew
