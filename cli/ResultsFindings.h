// What `clew results` looks at: folders of records, checked, and what of them may be published.
#pragma once

#include "suites/results/ResultsCheck.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace clew {

struct ResultsSource {
  std::vector<std::string> paths;
  std::vector<std::string> tasks;
  std::vector<std::string> zoo;
  std::string data;
  std::string signers;
};

/// --tasks, --zoo, --data, --signers.
void addSourceOptions(CLI::App &command, ResultsSource &source);

Result<std::vector<ResultsFolder>> openResultsAt(const std::vector<std::string> &paths);
/// Opens and checks them.
Result<ResultsFindings> findingsAt(const ResultsSource &source);
/// The same for what is written to `out`, which may be none of the records' files; says what has errors and is left out.
Result<ResultsFindings> publishableAt(const ResultsSource &source, const std::string &out);

} // namespace clew
