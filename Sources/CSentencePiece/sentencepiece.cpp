#include "CSentencePiece.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

struct ssp_model {
  sentencepiece::SentencePieceProcessor processor;
};

namespace {

/// A malloc'ed copy, never of zero bytes, with a final zero that `size` does not count.
char *copy(const void *bytes, size_t size) {
  char *result = static_cast<char *>(std::malloc(size + 1));
  if (result == nullptr) throw std::bad_alloc();
  if (size > 0) std::memcpy(result, bytes, size);
  result[size] = 0;
  return result;
}

void report(char **error, const char *message) {
  // Without memory for the message the caller still sees the failure.
  *error = strdup(message);
}

/// Runs `body`, turning exceptions and error statuses into messages; true if it succeeded.
template <typename Body>
bool guarded(char **error, Body body) {
  try {
    const sentencepiece::util::Status status = body();
    if (status.ok()) return true;
    report(error, status.message());
  } catch (const std::exception &exception) {
    report(error, exception.what());
  } catch (...) {
    report(error, "unknown C++ exception");
  }
  return false;
}

/// The lines of a text, one after the other; empty ones are left out.
class Lines : public sentencepiece::SentenceIterator {
 public:
  Lines(const char *text, size_t length) : rest_(text), end_(text + length) { Next(); }

  bool done() const override { return done_; }
  const std::string &value() const override { return line_; }
  sentencepiece::util::Status status() const override { return {}; }

  void Next() override {
    line_.clear();
    while (line_.empty() && rest_ != end_) {
      const void *newline = std::memchr(rest_, '\n', end_ - rest_);
      const char *stop = newline == nullptr ? end_ : static_cast<const char *>(newline);
      line_.assign(rest_, stop);
      rest_ = stop == end_ ? end_ : stop + 1;
    }
    done_ = line_.empty();
  }

 private:
  const char *rest_;
  const char *end_;
  std::string line_;
  bool done_ = false;
};

}  // namespace

ssp_model *ssp_load(const void *bytes, size_t size, char **error) {
  std::unique_ptr<ssp_model> model;
  const bool succeeded = guarded(error, [&] {
    model = std::make_unique<ssp_model>();
    return model->processor.LoadFromSerializedProto(
        absl::string_view(static_cast<const char *>(bytes), size));
  });
  return succeeded ? model.release() : nullptr;
}

void ssp_free(ssp_model *model) { delete model; }

int32_t ssp_size(const ssp_model *model) { return model->processor.GetPieceSize(); }

int32_t ssp_unknown_id(const ssp_model *model) { return model->processor.unk_id(); }

int32_t ssp_begin_id(const ssp_model *model) { return model->processor.bos_id(); }

int32_t ssp_end_id(const ssp_model *model) { return model->processor.eos_id(); }

const char *ssp_piece(const ssp_model *model, int32_t id, size_t *length) {
  if (id < 0 || id >= ssp_size(model)) return nullptr;
  const std::string &piece = model->processor.IdToPiece(id);
  *length = piece.size();
  return piece.data();
}

int32_t ssp_id(const ssp_model *model, const char *piece, size_t length) {
  return model->processor.PieceToId(absl::string_view(piece, length));
}

ssp_type ssp_piece_type(const ssp_model *model, int32_t id) {
  const auto &processor = model->processor;
  if (processor.IsUnknown(id)) return ssp_type_unknown;
  if (processor.IsControl(id)) return ssp_type_control;
  if (processor.IsUnused(id)) return ssp_type_unused;
  if (processor.IsByte(id)) return ssp_type_byte;
  // The library does not tell user-defined pieces from normal ones; encoding handles both.
  return ssp_type_normal;
}

bool ssp_encode(
    const ssp_model *model, const char *text, size_t length, int32_t **ids, size_t *count,
    char **error) {
  static_assert(sizeof(int) == sizeof(int32_t), "ids are copied as they are");
  return guarded(error, [&] {
    std::vector<int> encoded;
    const auto status = model->processor.Encode(absl::string_view(text, length), &encoded);
    if (!status.ok()) return status;
    *ids = reinterpret_cast<int32_t *>(copy(encoded.data(), encoded.size() * sizeof(int)));
    *count = encoded.size();
    return status;
  });
}

bool ssp_train(
    const char *text, size_t length, int32_t pieces, char **model, size_t *size, char **error) {
  return guarded(error, [&] {
    const std::unordered_map<std::string, std::string> settings = {
        {"model_type", "bpe"},
        {"vocab_size", std::to_string(pieces)},
        {"hard_vocab_limit", "false"},
        {"byte_fallback", "true"},
        {"normalization_rule_name", "identity"},
        {"remove_extra_whitespaces", "false"},
        {"character_coverage", "1"},
        {"unk_id", "0"},
        {"bos_id", "1"},
        {"eos_id", "2"},
        {"pad_id", "-1"},
        {"num_threads", "1"},
        {"minloglevel", "2"},
    };
    Lines lines(text, length);
    std::string proto;
    const auto status =
        sentencepiece::SentencePieceTrainer::Train(settings, &lines, &proto);
    if (!status.ok()) return status;
    *model = copy(proto.data(), proto.size());
    *size = proto.size();
    return status;
  });
}

void ssp_free_memory(void *memory) { std::free(memory); }
