// See TokenizerClasses.h. The facts are those of Transformers 5 (models/*/tokenization_*.py, models/auto/tokenization_auto.py).
#include "runtime/text/TokenizerClasses.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>
#include <vector>

namespace clew {
namespace {

using Kind = JsonNode::Kind;

constexpr std::array bertTokens{DefaultToken{"unk_token", "[UNK]"}, DefaultToken{"sep_token", "[SEP]"},
                                DefaultToken{"pad_token", "[PAD]"}, DefaultToken{"cls_token", "[CLS]"},
                                DefaultToken{"mask_token", "[MASK]"}};
constexpr std::array gpt2Tokens{DefaultToken{"bos_token", "<|endoftext|>"}, DefaultToken{"eos_token", "<|endoftext|>"},
                                DefaultToken{"unk_token", "<|endoftext|>"}};
constexpr std::array robertaTokens{DefaultToken{"bos_token", "<s>"},    DefaultToken{"eos_token", "</s>"},
                                   DefaultToken{"unk_token", "<unk>"},  DefaultToken{"sep_token", "</s>"},
                                   DefaultToken{"pad_token", "<pad>"},  DefaultToken{"cls_token", "<s>"},
                                   DefaultToken{"mask_token", "<mask>"}};
constexpr std::array albertTokens{DefaultToken{"bos_token", "[CLS]"},  DefaultToken{"eos_token", "[SEP]"},
                                  DefaultToken{"unk_token", "<unk>"},  DefaultToken{"sep_token", "[SEP]"},
                                  DefaultToken{"pad_token", "<pad>"},  DefaultToken{"cls_token", "[CLS]"},
                                  DefaultToken{"mask_token", "[MASK]"}};
constexpr std::array xlnetTokens{DefaultToken{"bos_token", "<s>"},          DefaultToken{"eos_token", "</s>"},
                                 DefaultToken{"unk_token", "<unk>"},        DefaultToken{"sep_token", "<sep>"},
                                 DefaultToken{"pad_token", "<pad>"},        DefaultToken{"cls_token", "<cls>"},
                                 DefaultToken{"mask_token", "<mask>", true}};
constexpr std::array t5Tokens{DefaultToken{"eos_token", "</s>"}, DefaultToken{"unk_token", "<unk>"},
                              DefaultToken{"pad_token", "<pad>"}};
constexpr std::array llamaTokens{DefaultToken{"bos_token", "<s>"}, DefaultToken{"eos_token", "</s>"},
                                 DefaultToken{"unk_token", "<unk>"}};
constexpr std::array xlnetFurther{"<eop>", "<eod>"};
constexpr std::array unknownToken{DefaultToken{"unk_token", "<unk>"}};

constexpr const char *robertaPair = "[CLS] A [SEP] [SEP] B [SEP]";

constexpr TokenizerClass bert(std::string_view name, bool readsSegments) {
  return {name, "wordpiece", readsSegments, bertTokens, nullptr, nullptr, false};
}
constexpr std::array classes{
    bert("BertTokenizer", true),
    bert("DistilBertTokenizer", false),
    bert("ElectraTokenizer", true),
    bert("LayoutLMTokenizer", true),
    bert("LxmertTokenizer", true),
    bert("MobileBertTokenizer", true),
    bert("SqueezeBertTokenizer", true),
    TokenizerClass{"GPT2Tokenizer", "byte_bpe", false, gpt2Tokens, "A", "A B:1", true},
    TokenizerClass{"RobertaTokenizer", "byte_bpe", false, robertaTokens, "[CLS] A [SEP]", robertaPair, false},
    TokenizerClass{"BartTokenizer", "byte_bpe", false, robertaTokens, "[CLS] A [SEP]", robertaPair, false},
    TokenizerClass{"OpenAIGPTTokenizer", "bpe", false, unknownToken, "A", "A B:1", true},
    TokenizerClass{"AlbertTokenizer", "unigram", false, albertTokens, "[CLS] A [SEP]", "[CLS] A [SEP] B:1 [SEP]:1",
                   true, "spiece.model"},
    TokenizerClass{"XLNetTokenizer", "unigram", false, xlnetTokens, "A [SEP] [CLS]:2", "A [SEP] B:1 [SEP]:1 [CLS]:2",
                   false, "spiece.model", PieceLayout::AsTheyStand, xlnetFurther},
    TokenizerClass{"T5Tokenizer", "unigram", false, t5Tokens, "A [EOS]", "A [EOS] B [EOS]", false, "spiece.model",
                   PieceLayout::Sentinels},
    TokenizerClass{"XLMRobertaTokenizer", "unigram", false, robertaTokens, "[BOS] A [EOS]",
                   "[BOS] A [EOS] [EOS] B [EOS]", false, "sentencepiece.bpe.model", PieceLayout::Fairseq},
    TokenizerClass{"LlamaTokenizer", "bpe", false, llamaTokens, "A", "A B:1", true, "tokenizer.model"},
};
/// Of no library: words of a list, as text classifiers of old have them.
constexpr TokenizerClass words{"words", "words", false, unknownToken, nullptr, nullptr, false};

constexpr std::array<std::string_view, 3> serializedClasses{"TokenizersBackend", "PreTrainedTokenizerFast",
                                                            "PreTrainedTokenizer"};

/// `model_type` of config.json for which Transformers takes a class when none is named.
struct ModelClass {
  std::string_view type;
  std::string_view name;
};
constexpr std::array<std::string_view, 26> bertModels{
    "align",          "bark",         "bert",          "blip",
    "bros",           "chinese_clip", "convbert",      "distilbert",
    "electra",        "ernie",        "flava",         "git",
    "grounding-dino", "layoutlm",     "megatron-bert", "mm-grounding-dino",
    "mobilebert",     "nezha",        "nomic_bert",    "qdqbert",
    "realm",          "retribert",    "squeezebert",   "tvp",
    "vilt",           "visual_bert"};
constexpr std::array modelClasses{ModelClass{"gpt2", "GPT2Tokenizer"},
                                  ModelClass{"gpt_neo", "GPT2Tokenizer"},
                                  ModelClass{"gptj", "GPT2Tokenizer"},
                                  ModelClass{"opt", "GPT2Tokenizer"},
                                  ModelClass{"roberta", "RobertaTokenizer"},
                                  ModelClass{"roberta-prelayernorm", "RobertaTokenizer"},
                                  ModelClass{"bart", "RobertaTokenizer"},
                                  ModelClass{"longformer", "RobertaTokenizer"},
                                  ModelClass{"data2vec-text", "RobertaTokenizer"},
                                  ModelClass{"openai-gpt", "OpenAIGPTTokenizer"},
                                  ModelClass{"albert", "AlbertTokenizer"},
                                  ModelClass{"yoso", "AlbertTokenizer"},
                                  ModelClass{"xlnet", "XLNetTokenizer"},
                                  ModelClass{"t5", "T5Tokenizer"},
                                  ModelClass{"mt5", "T5Tokenizer"},
                                  ModelClass{"switch_transformers", "T5Tokenizer"},
                                  ModelClass{"xlm-roberta", "XLMRobertaTokenizer"},
                                  ModelClass{"xmod", "XLMRobertaTokenizer"},
                                  ModelClass{"gte", "XLMRobertaTokenizer"},
                                  ModelClass{"jina_embeddings_v3", "XLMRobertaTokenizer"},
                                  ModelClass{"trocr", "XLMRobertaTokenizer"}};

const TokenizerClass *findClass(std::string_view name) {
  if (name != "PreTrainedTokenizerFast" && name.ends_with("Fast")) {
    name.remove_suffix(4);
  }
  const auto *found = std::ranges::find(classes, name, &TokenizerClass::name);
  return found == classes.end() ? nullptr : found;
}

const TokenizerClass *classOfModel(std::string_view type) {
  if (std::ranges::find(bertModels, type) != bertModels.end()) {
    return findClass("BertTokenizer");
  }
  const auto *found = std::ranges::find(modelClasses, type, &ModelClass::type);
  return found == modelClasses.end() ? nullptr : findClass(found->name);
}

/// Whether a pre_tokenizer makes bytes.
bool hasByteLevel(const JsonNode &node) {
  const JsonNode *type = node.find("type");
  if (type && type->text == "ByteLevel") {
    return true;
  }
  const JsonNode *list = node.find("pretokenizers");
  return list && std::ranges::any_of(list->items, hasByteLevel);
}

/// Of a tokenizer.json that decides by itself.
Result<std::optional<std::string_view>> kindOfSerialized(const JsonFile &file) {
  const JsonNode *model = file.root.find("model");
  const JsonNode *type = model ? model->find("type") : nullptr;
  if (!type) {
    return std::optional<std::string_view>();
  }
  if (type->text == "BPE") {
    const JsonNode *words = file.root.find("pre_tokenizer");
    return std::optional<std::string_view>(words && hasByteLevel(*words) ? "byte_bpe" : "bpe");
  }
  for (const auto &[name, kind] :
       {std::pair("WordPiece", "wordpiece"), std::pair("Unigram", "unigram"), std::pair("WordLevel", "words")}) {
    if (type->text == name) {
      return std::optional<std::string_view>(kind);
    }
  }
  return file.wrong(*type, "model.type", "WordPiece, BPE, Unigram or WordLevel");
}

} // namespace

DeclaredClass declaredClass(const TokenizerFiles &files) {
  DeclaredClass declared;
  declared.file = files.config && files.config->root.find("tokenizer_class") ? &*files.config
                  : files.model                                              ? &*files.model
                                                                             : nullptr;
  declared.node = declared.file ? declared.file->root.find("tokenizer_class") : nullptr;
  if (!declared.node || declared.node->kind == Kind::Null) {
    const JsonNode *type = files.model ? files.model->root.find("model_type") : nullptr;
    declared.node = nullptr;
    declared.known = type ? classOfModel(type->text) : nullptr;
    declared.serialized = (files.serialized || files.pieces) && !declared.known;
    return declared;
  }
  if (declared.node->kind == Kind::Text) {
    declared.known = findClass(declared.node->text);
    const JsonNode *words = files.serialized ? files.serialized->root.find("pre_tokenizer") : nullptr;
    if (declared.known && declared.known->kind == "bpe" && declared.known->pieceFile && words && hasByteLevel(*words)) {
      declared.known =
          nullptr; // Llama's class names folders whose tokenizer.json is of bytes: those decide by themselves
      declared.serialized = true;
      return declared;
    }
    declared.serialized = std::ranges::find(serializedClasses, declared.node->text) != serializedClasses.end();
  }
  return declared;
}

const TokenizerClass *defaultClass(std::string_view kind) {
  if (kind == words.kind) {
    return &words;
  }
  const auto *found = std::ranges::find(classes, kind, &TokenizerClass::kind);
  return found == classes.end() ? nullptr : found;
}

std::string classNames(std::string_view kind) {
  std::vector<std::string_view> names;
  for (const TokenizerClass &one : classes) {
    if (one.kind == kind) {
      names.push_back(one.name);
    }
  }
  names.emplace_back("TokenizersBackend");
  return fmt::format("{}", fmt::join(names, ", "));
}

Result<std::optional<std::string_view>> declaredKind(const TokenizerFiles &files) {
  const DeclaredClass declared = declaredClass(files);
  if (declared.known) {
    return std::optional(declared.known->kind);
  }
  if (declared.isStranger()) {
    std::vector<std::string_view> names;
    std::ranges::transform(classes, std::back_inserter(names), &TokenizerClass::name);
    return declared.file->wrong(*declared.node, "tokenizer_class",
                                fmt::format("one of {}, TokenizersBackend", fmt::join(names, ", ")));
  }
  if (!files.serialized && files.pieces) {
    return std::optional<std::string_view>(files.pieces->model == PieceFile::Model::Bpe ? "bpe" : "unigram");
  }
  return files.serialized ? kindOfSerialized(*files.serialized)
                          : Result<std::optional<std::string_view>>(std::optional<std::string_view>());
}

} // namespace clew
