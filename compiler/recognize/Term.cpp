// See Term.h: making terms, and putting others in the place of iterators.
#include "compiler/recognize/Term.h"

namespace clew::compiler {

static TermPtr made(Term term) {
  for (const TermPtr &argument : term.arguments) {
    term.parts += argument->parts;
  }
  return std::make_shared<const Term>(std::move(term));
}

static Term of(Term::Kind kind, int id = 0, std::vector<TermPtr> arguments = {}) {
  Term term;
  term.kind = kind;
  term.id = id;
  term.arguments = std::move(arguments);
  return term;
}

TermPtr numberTerm(double number) {
  Term term = of(Term::Kind::Number);
  term.number = number;
  return made(std::move(term));
}

TermPtr indexTerm(int id) { return made(of(Term::Kind::Index, id)); }

TermPtr extentTerm(const Size &size) {
  if (const std::optional<int64_t> number = size.number()) {
    return numberTerm(static_cast<double>(*number));
  }
  Term term = of(Term::Kind::Extent);
  term.size = size;
  return made(std::move(term));
}

TermPtr inputTerm(int input, TermPtr row, TermPtr place) {
  return made(of(Term::Kind::Input, input, {std::move(row), std::move(place)}));
}

TermPtr lengthTerm(TermPtr row) { return made(of(Term::Kind::Length, 0, {std::move(row)})); }

TermPtr atTokensTerm(TermPtr term, int id) { return made(of(Term::Kind::AtTokens, id, {std::move(term)})); }

TermPtr applyTerm(std::string_view op, onnx::DataType type, std::vector<TermPtr> arguments) {
  Term term = of(Term::Kind::Apply, 0, std::move(arguments));
  term.op = op;
  term.type = type;
  return made(std::move(term));
}

TermPtr substitute(const TermPtr &term, const std::map<int, TermPtr> &iterators) {
  if (term->kind == Term::Kind::Index) {
    const auto found = iterators.find(term->id);
    return found == iterators.end() ? term : found->second;
  }
  Term copy = *term;
  copy.parts = 1;
  for (TermPtr &argument : copy.arguments) {
    argument = substitute(argument, iterators);
  }
  if (copy.kind == Term::Kind::AtTokens) {
    const auto found = iterators.find(copy.id);
    if (found != iterators.end()) { // of another thing than a place nothing is known
      copy.id = found->second->kind == Term::Kind::Index ? found->second->id : -1;
    }
  }
  return made(std::move(copy));
}

bool reads(const Term &term, int id) {
  if (term.kind == Term::Kind::Index || term.kind == Term::Kind::AtTokens) {
    if (term.id == id) {
      return true;
    }
  }
  for (const TermPtr &argument : term.arguments) {
    if (reads(*argument, id)) {
      return true;
    }
  }
  return false;
}

} // namespace clew::compiler
