// Envelopes of signatures, and lists of signers, of a record that is right. No program that verifies can be reached here: whatever the bytes are,
// nothing may be taken for verified.
#include "suites/results/Signature.h"
#include "tests/fuzz/Harness.h"
#include "tests/suites/records/SampleRecord.h"

#include <cstdlib>

namespace clew::fuzz {
namespace {

const Record &record() {
  static const Record sample = sampleRecord();
  return sample;
}

void run(std::string_view bytes) {
  setenv("PATH", "/nonexistent", 1);
  std::map<std::string, std::string> parts = partsOf(bytes);
  const std::string folder = folderOf({{"signers", parts["signers"]}});
  for (const std::string &signers : {std::string(), folder + "/signers", folder + "/nothing"}) {
    const SignatureVerdict verdict = verifySignature(record(), parts["envelope"], signers);
    expect(verdict.standing != Standing::Verified, "not verified", verdict.signer);
    expect(!verdict.why.empty(), "says why");
    expectText(verdict.why);
    expectText(verdict.signer);
  }
}

std::string envelope(const std::string &with, const std::string &signer, const std::string &statement) {
  return nlohmann::ordered_json{{"schema", "clew.signature.1"},
                                {"statement", statement},
                                {"signer", signer},
                                {"with", with},
                                {"signature", "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"}}
             .dump() +
         "\n";
}

std::vector<std::string> seeds() {
  const std::string right = statementOf(record());
  const std::string signers = "alice@example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5\nbob minisign RWQf6LRCGA9i53\n";
  std::vector<std::string> made;
  for (const char *with : {"ssh", "minisign", "pgp"}) {
    for (const char *signer : {"alice@example.org", "bob", "nobody", "-f", "a b"}) {
      made.push_back(joined({{"envelope", envelope(with, signer, right)}, {"signers", signers}}));
    }
  }
  made.push_back(joined({{"envelope", envelope("ssh", "bob", right + " ")}, {"signers", signers}}));
  made.push_back(joined({{"envelope", "{}"}, {"signers", ""}}));
  made.push_back(
      joined({{"envelope", envelope("ssh", "bob", right) + "{}"}, {"signers", "\n\n minisign \nbob minisign "}}));
  return made;
}

const Harness harness("signature", run, seeds);

} // namespace
} // namespace clew::fuzz
