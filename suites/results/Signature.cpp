// Statements, envelopes, and the calls of ssh-keygen and minisign.
#include "suites/results/Signature.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/JsonValue.h"
#include "runtime/base/MappedFile.h"
#include "suites/results/ToolRun.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace clew {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json; // sorts its keys

constexpr const char *kSchema = "clew.signature.1";
constexpr const char *kNamespace = "clew-record"; ///< ssh-keygen's -n: signatures for other uses do not serve

/// A folder of our own for what programs read and write.
class Scratch {
public:
  Scratch() {
    path = (fs::temp_directory_path() / "clew-sign-XXXXXX").string();
    made = mkdtemp(path.data()) != nullptr;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;

  Result<void> write(const char *name, std::string_view text) const {
    return made ? writeFileAtomically(at(name), text) : fail(ErrorKind::Io, "cannot make a folder", path);
  }
  std::string at(const char *name) const { return path + "/" + name; }

private:
  std::string path;
  bool made = false;
};

bool isSigner(std::string_view name) {
  return !name.empty() && name.size() <= 200 && name.front() != '-' && name.find_first_of(",*?!\"#") == name.npos &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
}

Json resource(const char *name, const Json &digest) { return {{"name", name}, {"digest", digest}}; }

/// A key of minisign says so in its first line.
bool isMinisign(const std::string &file) {
  const Result<MappedFile> key = MappedFile::open(file);
  return key && key->text().starts_with("untrusted comment:");
}

std::string asFile(const std::string &name) { return name.starts_with('-') ? "./" + name : name; }

Result<std::string> firstTextOf(const std::string &path) {
  const Result<MappedFile> file = MappedFile::open(path);
  return file ? Result<std::string>(std::string(file->text())) : fail(file);
}

/// A field of the envelope, if it is a text.
std::string textIn(const Json &json, const char *field) {
  return json.is_object() && json.contains(field) && json[field].is_string() ? json[field].get<std::string>() : "";
}

/// The list of signers, cut into what ssh-keygen reads and the minisign key of a signer.
struct KnownSigners {
  std::string ssh;
  std::vector<std::string> minisign; ///< keys of the one who is asked for
};

KnownSigners knownSigners(std::string_view list, const std::string &signer) {
  KnownSigners known;
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find('\n', begin), list.size());
    const std::string line(list.substr(begin, end - begin));
    begin = end + 1;
    const size_t marker = line.find(" minisign ");
    if (marker == line.npos) {
      known.ssh += line + "\n";
    } else if (line.substr(0, marker) == signer) {
      known.minisign.push_back(line.substr(marker + std::string_view(" minisign ").size()));
    }
  }
  return known;
}

SignatureVerdict verdict(Standing standing, const std::string &signer, std::string why) {
  return {standing, signer, std::move(why)};
}

SignatureVerdict judged(const Result<ToolRun> &run, const std::string &signer) {
  if (!run) {
    return verdict(Standing::Unknown, signer, run.error().message);
  }
  return run->code == 0 ? verdict(Standing::Verified, signer, "")
                        : verdict(Standing::Wrong, signer,
                                  fmt::format("expected a signature by {}, found one that does not verify", signer));
}

SignatureVerdict verifySsh(const Scratch &scratch, const KnownSigners &known, const std::string &signer) {
  if (Result<void> written = scratch.write("signers", known.ssh); !written) {
    return verdict(Standing::Unknown, signer, written.error().render());
  }
  const Result<ToolRun> found = runTool({"ssh-keygen", "-Y", "verify", "-f", scratch.at("signers"), "-I", signer, "-n",
                                         kNamespace, "-s", scratch.at("signature")},
                                        scratch.at("statement"));
  if (!found || found->code == 0) {
    return judged(found, signer);
  }
  // By a key that is not listed for this name, or broken? Without a name only the bytes are verified.
  const Result<ToolRun> alone =
      runTool({"ssh-keygen", "-Y", "check-novalidate", "-n", kNamespace, "-s", scratch.at("signature")},
              scratch.at("statement"));
  const bool listed = ("\n" + known.ssh).find("\n" + signer + " ") != std::string::npos;
  return alone && alone->code == 0 && !listed
             ? verdict(Standing::Unknown, signer, "nobody here knows the signer " + signer)
             : judged(found, signer);
}

SignatureVerdict verifyMinisign(const Scratch &scratch, const KnownSigners &known, const std::string &signer) {
  if (known.minisign.empty()) {
    return verdict(Standing::Unknown, signer, "nobody here knows the signer " + signer);
  }
  SignatureVerdict last;
  for (const std::string &key : known.minisign) {
    last = judged(
        runTool({"minisign", "-V", "-q", "-m", scratch.at("statement"), "-x", scratch.at("signature"), "-P", key},
                "/dev/null"),
        signer);
    if (last.standing == Standing::Verified) {
      break;
    }
  }
  return last;
}

} // namespace

std::string statementOf(const Record &record) {
  const nlohmann::ordered_json &json = record.json;
  const auto sha256 = [&](const char *field) { return Json{{"sha256", json[field].get<std::string>()}}; };
  Json configuration = Json::array();
  for (const char *field : {"model_sha256", "task_sha256", "data_sha256", "tokenizer_sha256"}) {
    configuration.push_back(resource(field, sha256(field)));
  }
  const auto weights = json["weights_sha256"].get<std::string>();
  configuration.push_back(weights.starts_with("random:") ? Json{{"name", weights}}
                                                         : resource("weights_sha256", sha256("weights_sha256")));
  if (json["commit"] != "unknown") {
    configuration.push_back(resource("clew", {{"gitCommit", json["commit"].get<std::string>()}}));
  }
  if (json["predictions"].is_object()) {
    configuration.push_back(resource("predictions", {{"sha256", json["predictions"]["sha256"].get<std::string>()}}));
  }
  const std::string test = fmt::format("{}/{}/{}", json["task"].get<std::string>(), json["split"].get<std::string>(),
                                       json["scenario"].get<std::string>());
  const Json statement = {
      {"_type", "https://in-toto.io/Statement/v1"},
      {"subject", Json::array({{{"name", record.id()}, {"digest", {{"sha256", record.digest()}}}}})},
      {"predicateType", "https://in-toto.io/attestation/test-result/v0.1"},
      {"predicate",
       {{"result", "PASSED"},
        {"configuration", std::move(configuration)},
        {"passedTests", Json::array({test})},
        {"warnedTests", Json::array()},
        {"failedTests", Json::array()}}}};
  return statement.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::string> signedEnvelope(const Record &record, const SigningKey &key) {
  if (!isSigner(key.signer)) {
    return fail(ErrorKind::BadInput,
                fmt::format("expected a signer's name without blanks and signs, found '{}'", key.signer));
  }
  const Scratch scratch;
  const std::string statement = statementOf(record);
  if (Result<void> written = scratch.write("statement", statement); !written) {
    return fail(written);
  }
  const bool minisign = isMinisign(key.file);
  const std::string signature = scratch.at(minisign ? "signature" : "statement.sig");
  const Result<ToolRun> run =
      minisign
          ? runTool({"minisign", "-S", "-s", asFile(key.file), "-m", scratch.at("statement"), "-x", signature, "-t",
                     "clew record " + record.digest()})
          : runTool({"ssh-keygen", "-Y", "sign", "-f", asFile(key.file), "-n", kNamespace, scratch.at("statement")});
  if (!run) {
    return fail(run);
  }
  const Result<std::string> made = firstTextOf(signature);
  if (run->code != 0 || !made) {
    return fail(ErrorKind::BadInput, "this key does not sign: " + run->output, key.file);
  }
  const nlohmann::ordered_json envelope = {{"schema", kSchema},
                                           {"statement", statement},
                                           {"signer", key.signer},
                                           {"with", minisign ? "minisign" : "ssh"},
                                           {"signature", *made}};
  return envelope.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

SignatureVerdict verifySignature(const Record &record, std::string_view envelope, const std::string &signers) {
  if (record.isOld()) {
    return verdict(Standing::Wrong, "", "expected no signature of a record of a schema before");
  }
  const Result<Json> read = parseJson(envelope, "signature");
  const std::string signer = read ? textIn(*read, "signer") : "";
  if (!read || textIn(*read, "schema") != kSchema || !isSigner(signer) || read->size() != 5) {
    return verdict(Standing::Wrong, "", fmt::format("expected an object of the schema {}", kSchema));
  }
  if (textIn(*read, "statement") != statementOf(record)) {
    return verdict(Standing::Wrong, signer, "expected the statement of this record, found another");
  }
  const Result<std::string> list = signers.empty() ? Result<std::string>(std::string()) : firstTextOf(signers);
  if (!list) {
    return verdict(Standing::Unknown, signer, list.error().render());
  }
  const Scratch scratch;
  for (const char *part : {"statement", "signature"}) {
    if (Result<void> written = scratch.write(part, textIn(*read, part)); !written) {
      return verdict(Standing::Unknown, signer, written.error().render());
    }
  }
  const KnownSigners known = knownSigners(*list, signer);
  const std::string with = textIn(*read, "with");
  if (with != "ssh" && with != "minisign") {
    return verdict(Standing::Wrong, signer, fmt::format("expected 'ssh' or 'minisign', found '{}'", with));
  }
  return with == "ssh" ? verifySsh(scratch, known, signer) : verifyMinisign(scratch, known, signer);
}

} // namespace clew
