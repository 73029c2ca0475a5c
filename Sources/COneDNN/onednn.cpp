#include "COneDNN.h"

#include <dlfcn.h>

#include <cstring>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <tuple>
#include <vector>

#include <dnnl.hpp>

using namespace dnnl;

struct sdnn_matrix {
  memory packed;
  int64_t n, k;
};

namespace {

engine &cpu() {
  static engine shared(engine::kind::cpu, 0);
  return shared;
}

// oneDNN threads with OpenMP, whose idle workers would spin beside ours: one thread a call, set once in each of our threads.
void oneThread() {
  static thread_local bool done = false;
  if (done) return;
  using setter = void (*)(int);
  if (auto set = reinterpret_cast<setter>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"))) set(1);
  done = true;
}

stream &threadStream() {
  static thread_local stream shared(cpu());
  return shared;
}

primitive_attr attributes() {
  primitive_attr attr;
  attr.set_scratchpad_mode(scratchpad_mode::user);  // the library's own scratchpad is shared between calls
  return attr;
}

matmul::primitive_desc describe(const memory::desc &x, const memory::desc &w, const memory::desc &y) {
#if DNNL_VERSION_MAJOR >= 3
  return matmul::primitive_desc(cpu(), x, w, y, attributes());
#else
  return matmul::primitive_desc(matmul::desc(x, w, y), attributes(), cpu());
#endif
}

struct Product {
  matmul::primitive_desc description;
  matmul primitive;
};

memory::desc inputs(int64_t m, int64_t k) {
  return memory::desc({m, k}, memory::data_type::bf16, memory::format_tag::ab);
}

// Always dense: for strided results oneDNN falls back to a product that is slow and not the same for every m.
memory::desc outputs(int64_t m, int64_t n) {
  return memory::desc({m, n}, memory::data_type::f32, memory::format_tag::ab);
}

// Compiled once per shape and kept: compiling takes a fraction of a millisecond, running often less.
const Product &product(const sdnn_matrix &w, int64_t m) {
  using Key = std::tuple<int64_t, int64_t, int64_t>;
  static std::shared_mutex mutex;
  static std::map<Key, Product> products;
  const Key key{w.n, w.k, m};
  {
    std::shared_lock<std::shared_mutex> lock(mutex);
    auto found = products.find(key);
    if (found != products.end()) return found->second;
  }
  auto description = describe(inputs(m, w.k), w.packed.get_desc(), outputs(m, w.n));
  std::unique_lock<std::shared_mutex> lock(mutex);
  return products.try_emplace(key, Product{description, matmul(description)}).first->second;
}

}  // namespace

const char *sdnn_version(void) {
  static const std::string text = [] {
    const dnnl_version_t *v = dnnl_version();
    return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
  }();
  return text.c_str();
}

sdnn_matrix *sdnn_pack(const float *weights, int64_t n, int64_t k) {
  try {
    oneThread();
    const int64_t rows = 64;  // the layout is chosen for full row tiles
    auto wanted = memory::desc({k, n}, memory::data_type::bf16, memory::format_tag::any);
    auto description = describe(inputs(rows, k), wanted, outputs(rows, n));
    memory plain({{k, n}, memory::data_type::f32, memory::dims{1, k}}, cpu(), const_cast<float *>(weights));
    auto matrix = new sdnn_matrix{memory(description.weights_desc(), cpu()), n, k};
    try {
      reorder(plain, matrix->packed).execute(threadStream(), plain, matrix->packed);
      threadStream().wait();
    } catch (...) {
      delete matrix;
      throw;
    }
    return matrix;
  } catch (...) {
    return nullptr;
  }
}

int sdnn_hasInstructions(void) {
  // Measured for 23 numbers of rows, widths 1…385 and depths 1…11008: a row's bits do not depend on m.
  return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
}

void sdnn_free(sdnn_matrix *matrix) { delete matrix; }

int64_t sdnn_byteCount(const sdnn_matrix *matrix) {
  return static_cast<int64_t>(matrix->packed.get_desc().get_size());
}

const float *sdnn_multiply(const sdnn_matrix *matrix, const void *x, int64_t m) {
  try {
    oneThread();
    const Product &p = product(*matrix, m);
    static thread_local std::vector<char> scratch;
    const size_t needed = p.description.scratchpad_desc().get_size();
    if (scratch.size() < needed) scratch.resize(needed);
    static thread_local std::vector<float> result;
    if (result.size() < static_cast<size_t>(m * matrix->n)) result.resize(m * matrix->n);
    memory in(p.description.src_desc(), cpu(), const_cast<void *>(x));
    memory out(p.description.dst_desc(), cpu(), result.data());
    memory work(p.description.scratchpad_desc(), cpu(), scratch.data());
    p.primitive.execute(threadStream(), {{DNNL_ARG_SRC, in},
                                         {DNNL_ARG_WEIGHTS, matrix->packed},
                                         {DNNL_ARG_DST, out},
                                         {DNNL_ARG_SCRATCHPAD, work}});
    threadStream().wait();
    return result.data();
  } catch (...) {
    return nullptr;
  }
}
