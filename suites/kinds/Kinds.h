// The kinds that there are, for the table alone; everything else asks taskKinds() or a task.
#pragma once

#include "suites/data/TaskKind.h"

namespace clew {

const TaskKind &classifyKind();      ///< one label for a text
const TaskKind &pairKind();          ///< one label for two texts
const TaskKind &tagKind();           ///< entities in a text, one BIO tag a character
const TaskKind &tagCharactersKind(); ///< a label for each character
const TaskKind &tagWordsKind();      ///< a label for each token that the model's tokenizer makes
const TaskKind &spanKind();          ///< an answer inside a text to a question
const TaskKind &keywordsKind();      ///< one label for keywords and the text that they are to be of
const TaskKind &pronounKind();       ///< one label for a pronoun and a name in a text
const TaskKind &documentKind();      ///< one label for a text of any length
const TaskKind &multiLabelKind();    ///< any number of labels for a text
const TaskKind &regressionKind();    ///< a number for two texts
const TaskKind &choiceKind();        ///< one of a row's own choices
const TaskKind &clozeKind();         ///< one of a row's own choices for each blank

} // namespace clew
