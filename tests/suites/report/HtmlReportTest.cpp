// The page holds hostile texts of records without becoming them.
#include "suites/report/HtmlReport.h"

#include "suites/report/ReportJson.h"
#include "tests/suites/report/SampleRecords.h"

#include <cstdlib>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace clew;

namespace {

constexpr const char *kHostile = "</script><script>alert(1)</script><!-- & \" ' \xe2\x80\xa8 \xe5\x8f\xb6 \xff";

PageAssets smallAssets() {
  return {"<meta content=\"{{policy}}\"><title>{{title}}</title><style>{{style}}</style>"
          "<script id=data>{{data}}</script><script>{{chart}}</script><script>{{script}}</script>",
          "p{}", "start();", "chart();"};
}

size_t countOf(const std::string &text, const std::string &part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

} // namespace

TEST_CASE("JSON inside a script cannot end it, and says the same") {
  const nlohmann::ordered_json json = {{"model", kHostile}};
  const std::string safe = scriptSafe(json);
  for (const char c : safe) {
    CHECK(static_cast<unsigned char>(c) < 0x80);
    CHECK(c != '<');
    CHECK(c != '>');
    CHECK(c != '&');
  }
  const auto back = nlohmann::ordered_json::parse(safe, nullptr, false);
  REQUIRE_FALSE(back.is_discarded());
  const std::string text = back["model"];
  CHECK(text.starts_with("</script><script>alert(1)</script><!-- & \" ' \xe2\x80\xa8 \xe5\x8f\xb6 "));
  CHECK(text.ends_with("\xef\xbf\xbd")); // the broken byte
}

TEST_CASE("a page with hostile records has as many scripts as without") {
  auto rowsOf = [](const char *text) {
    return joined({sampleRecord("accuracy", with(scored(79), {{"model", text}, {"task", text}, {"flags", {text}}})),
                   sampleRecord("single-stream", with(timed(4), {{"model", text}, {"task", text}}))});
  };
  const Result<std::string> plain = renderHtml(smallAssets(), rowsOf("bert/base"), "T");
  const Result<std::string> hostile = renderHtml(smallAssets(), rowsOf(kHostile), kHostile);
  REQUIRE(plain);
  REQUIRE(hostile);
  CHECK(countOf(*hostile, "<script") == countOf(*plain, "<script"));
  CHECK(countOf(*hostile, "</script") == countOf(*plain, "</script"));
  CHECK(countOf(*hostile, "<!--") == 0);
}

TEST_CASE("texts that look like parts of the page are not filled in") {
  const auto rows = joined({sampleRecord("accuracy", with(scored(79), {{"model", "{{chart}}"}}))});
  const Result<std::string> page = renderHtml(smallAssets(), rows, "{{script}}");
  REQUIRE(page);
  CHECK(countOf(*page, "chart();") == 1);
  CHECK(countOf(*page, "start();") == 1);
}

TEST_CASE("the policy names the scripts by sha256 and admits no network") {
  const Result<std::string> page = renderHtml(smallAssets(), {}, "T");
  REQUIRE(page);
  CHECK(page->find("default-src 'none'") != std::string::npos);
  CHECK(page->find("unsafe-inline") == std::string::npos);
  // printf 'chart();' | openssl dgst -sha256 -binary | base64
  CHECK(page->find("'sha256-S5ZrvjSBZc5vczOd7TXWyOWPbg2tdw5ngtjlrWno3s0='") != std::string::npos);
}

TEST_CASE("parts that do not fit are refused") {
  PageAssets assets = smallAssets();
  assets.page += "{{more}}";
  CHECK(renderHtml(assets, {}, "T").error().kind == ErrorKind::BadInput);
  assets = smallAssets();
  assets.script = "'</script>'";
  CHECK(renderHtml(assets, {}, "T").error().kind == ErrorKind::BadInput);
}

TEST_CASE("the installation's parts make a page that names nothing to load") {
  setenv("CLEW_HOME", CLEW_SOURCE_DIR, 1);
  const Result<PageAssets> assets = readPageAssets();
  if (!assets) {
    REQUIRE(assets.error().kind == ErrorKind::NotFound);
    MESSAGE("skipped: " << assets.error().render());
    return;
  }
  CHECK(assets->chart.find("MIT License") != std::string::npos);
  const Result<std::string> page = renderHtml(*assets, {}, "T");
  REQUIRE(page);
  for (const char *loads : {" src=", "<link", "@import", "url(", "http:", "https:"}) {
    CAPTURE(loads);
    CHECK(assets->page.find(loads) == std::string::npos);
    CHECK(assets->style.find(loads) == std::string::npos);
    CHECK(assets->script.find(loads) == std::string::npos);
  }
}

TEST_CASE("rows as JSON: an absent percentile is null, an absent score is no metric") {
  const auto rows = joined({sampleRecord("single-stream", timed(4))});
  const nlohmann::ordered_json json = reportJson(rows);
  const auto &row = json["rows"][0];
  CHECK(row["latency_ms"]["text"]["p50"] == 4);
  CHECK(row["latency_ms"]["text"]["p99"].is_null());
  CHECK(row["metrics"].empty());
  CHECK(row["ranked"] == false);
  CHECK(json["warnings"].size() == 1); // incomplete
}
