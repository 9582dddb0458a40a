// Two records of one cell: what of the first is within the intervals of the second.
#include "suites/check/ScoreCheck.h"
#include "suites/run/Verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace clew {
namespace {

using Json = nlohmann::ordered_json;

struct Bounds {
  double lo = 0;
  double hi = 0;
};

Bounds around(double value) { return {value - kSameScore, value + kSameScore}; }

/// A share in per cent of `count` that were drawn: its 99 % interval (Wilson 1927).
Bounds wilson(double share, double count) {
  constexpr double z = 2.5758;
  if (count <= 0) {
    return around(share);
  }
  const double p = std::clamp(share / 100, 0.0, 1.0);
  const double middle = p + z * z / (2 * count);
  const double half = z * std::sqrt(p * (1 - p) / count + z * z / (4 * count * count));
  const double scale = 100 / (1 + z * z / count);
  return {(middle - half) * scale - kSameScore, (middle + half) * scale + kSameScore};
}

class Comparison {
public:
  Comparison(const Json &then, const Json &now) : then(then), now(now) {
    identical = then["predictions"].is_object() && then["predictions"]["sha256"] == now["predictions"]["sha256"];
  }

  void compareScores() {
    if (then["predictions"].is_object()) {
      const auto shortened = [](const Json &record) {
        return record["predictions"]["sha256"].get<std::string>().substr(0, 12);
      };
      add("predictions of now", shortened(then), shortened(now), "the same bytes; if not, scores decide",
          identical ? Verdict::Holds : Verdict::Differs);
    }
    sameNames("metrics");
    sameNames("per_class");
    for (const auto &[name, interval] : then["metrics"].items()) {
      if (now["metrics"].contains(name)) {
        compareMetric(name, interval, now["metrics"][name]);
      }
    }
    for (const auto &[name, score] : then["per_class"].items()) {
      if (now["per_class"].contains(name)) {
        compareClass(name, score, now["per_class"][name]);
      }
    }
  }

  std::vector<VerifiedField> fields;

private:
  void add(std::string field, std::string recorded, std::string found, std::string rule, Verdict verdict) {
    fields.push_back(
        {VerifiedPart::Scores, std::move(field), std::move(recorded), std::move(found), std::move(rule), verdict});
  }

  void sameNames(const char *group) {
    std::string missing;
    std::string further;
    for (const auto &[name, value] : then[group].items()) {
      further += now[group].contains(name) ? "" : " " + name;
    }
    for (const auto &[name, value] : now[group].items()) {
      missing += then[group].contains(name) ? "" : " " + name;
    }
    if (!missing.empty() || !further.empty()) {
      add(group, further.empty() ? "-" : "also" + further, missing.empty() ? "-" : "also" + missing, "the same ones",
          Verdict::Fails);
    }
  }

  void compareMetric(const std::string &name, const Json &was, const Json &is) {
    const auto value = was["value"].get<double>();
    const Bounds bounds = identical ? around(is["value"].get<double>())
                                    : Bounds{is["lo"].get<double>() - kSameScore, is["hi"].get<double>() + kSameScore};
    addNumber("metrics/" + name, value, is["value"].get<double>(), bounds);
    if (!identical) {
      return;
    }
    // The interval follows from the predictions, too.
    for (const char *end : {"lo", "hi"}) {
      addNumber(fmt::format("metrics/{}/{}", name, end), was[end].get<double>(), is[end].get<double>(),
                around(is[end].get<double>()));
    }
  }

  void compareClass(const std::string &name, const Json &was, const Json &is) {
    const auto support = is["support"].get<double>();
    if (was["support"] != is["support"]) {
      add(fmt::format("per_class/{}/support", name), was["support"].dump(), is["support"].dump(), "the same",
          Verdict::Fails);
    }
    for (const char *score : {"precision", "recall", "f1"}) {
      const auto found = is[score].get<double>();
      addNumber(fmt::format("per_class/{}/{}", name, score), was[score].get<double>(), found,
                identical ? around(found) : wilson(found, support));
    }
  }

  void addNumber(std::string field, double was, double is, const Bounds &bounds) {
    const bool holds = was >= bounds.lo && was <= bounds.hi;
    add(std::move(field), fmt::format("{:.4f}", was), fmt::format("{:.4f}", is),
        identical ? "the same" : fmt::format("within {:.4f} .. {:.4f} of now", bounds.lo, bounds.hi),
        holds ? Verdict::Holds : Verdict::Fails);
  }

  const Json &then;
  const Json &now;
  bool identical = false;
};

/// Which differences of times say nothing.
struct Doubts {
  bool otherMachine = false;
  bool thenBusy = false; ///< as the record says; it explains times that were slower, never faster ones
  bool nowBusy = false;
};

Doubts doubtsOf(const Record &then, const Record &now) {
  const Machine was = Machine::of(then.json["machine"]);
  const Machine is = Machine::of(now.json["machine"]);
  return {was.cpu != is.cpu || was.cores != is.cores || was.host != is.host, was.busy(), is.busy()};
}

/// A time (or rate, of which more is faster) within `share` of the recorded one.
VerifiedField compareAmount(const std::string &name, double was, const Json &now, double share, bool isRate,
                            const Doubts &doubts) {
  VerifiedField field{VerifiedPart::Times,
                      name,
                      fmt::format("{:.4g}", was),
                      "not enough samples",
                      fmt::format("a factor of {:.2f} at most", 1 + share),
                      Verdict::NotVerified};
  if (!now.is_number()) {
    field.rule = "needs a longer tier";
    return field;
  }
  const auto is = now.get<double>();
  field.found = fmt::format("{:.4g}", is);
  if (is >= was / (1 + share) && is <= was * (1 + share)) {
    field.verdict = doubts.otherMachine ? Verdict::NotVerified : Verdict::Holds;
    field.rule += doubts.otherMachine ? "; another machine" : "";
    return field;
  }
  const bool recordedFaster = isRate ? was > is : was < is;
  if (doubts.otherMachine) {
    field.rule += "; another machine";
  } else if (recordedFaster && doubts.nowBusy) {
    field.rule += "; others are working now";
  } else if (!recordedFaster && doubts.thenBusy) {
    field.rule += "; others were working then";
  } else {
    field.verdict = Verdict::Fails;
  }
  return field;
}

void compareTimes(const Record &then, const Record &now, std::vector<VerifiedField> &fields) {
  const Doubts doubts = doubtsOf(then, now);
  const auto compare = [&](const std::string &name, const Json &was, const Json &is, double share, bool isRate) {
    if (was.is_number()) {
      fields.push_back(compareAmount(name, was.get<double>(), is, share, isRate, doubts));
    }
  };
  const Json &was = then.json["latency_ms"];
  const Json &is = now.json["latency_ms"];
  if (was.is_object() && is.is_object()) {
    for (const auto &[name, share] : {std::pair("p50", 0.15), std::pair("p90", 0.25), std::pair("p99", 0.5)}) {
      compare(std::string("latency_ms/") + name, was[name], is[name], share, false);
      compare(std::string("latency_ms/model_only/") + name, was["model_only"][name], is["model_only"][name], share,
              false);
    }
  }
  for (const char *name : {"rows_per_s", "tokens_per_s"}) {
    compare(name, then.json[name], now.json[name], 0.15, true);
  }
  if (then.json["server"].is_object() && now.json["server"].is_object()) {
    compare("server/rate_per_s", then.json["server"]["rate_per_s"], now.json["server"]["rate_per_s"], 0.2, true);
  }
}

} // namespace

std::string_view nameOf(VerifiedPart part) {
  switch (part) {
  case VerifiedPart::Record:
    return "record";
  case VerifiedPart::Program:
    return "program";
  case VerifiedPart::Predictions:
    return "predictions";
  case VerifiedPart::Scores:
    return "scores";
  case VerifiedPart::Times:
    return "times";
  }
  return "?";
}

std::string_view nameOf(Verdict verdict) {
  switch (verdict) {
  case Verdict::Holds:
    return "holds";
  case Verdict::Differs:
    return "differs";
  case Verdict::NotVerified:
    return "not verified";
  case Verdict::Fails:
    return "does not hold";
  }
  return "?";
}

Verdict verdictOf(VerifiedPart part, std::span<const VerifiedField> fields) {
  std::optional<Verdict> worst;
  for (const VerifiedField &field : fields) {
    if (field.part == part && field.verdict != Verdict::Differs) {
      worst = std::max(worst.value_or(Verdict::Holds), field.verdict);
    }
  }
  return worst.value_or(Verdict::NotVerified);
}

bool allHold(std::span<const VerifiedField> fields) {
  return std::ranges::none_of(fields, [](const VerifiedField &field) { return field.verdict == Verdict::Fails; }) &&
         std::ranges::all_of(std::array{VerifiedPart::Record, VerifiedPart::Program, VerifiedPart::Predictions},
                             [&](VerifiedPart part) { return verdictOf(part, fields) == Verdict::Holds; });
}

std::vector<VerifiedField> compareRecords(const Record &then, const Record &now) {
  Comparison comparison(then.json, now.json);
  comparison.compareScores();
  compareTimes(then, now, comparison.fields);
  return std::move(comparison.fields);
}

} // namespace clew
