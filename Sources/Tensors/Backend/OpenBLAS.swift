import COpenBLAS

/// OpenBLAS, used as the reference of `bench` and of conformance tests.
package enum OpenBLAS {
  /// Its own description of its build and of the core it runs on.
  package static var configuration: String { String(cString: openblas_get_config()) }

  /// `c = a · bᵀ` on the calling thread.
  /// - Parameters:
  ///   - a: `[m, k]`.
  ///   - b: `[n, k]`.
  ///   - c: receives `[m, n]`.
  package static func multiply(_ a: Tensor, transposed b: Tensor, into c: Tensor) {
    openblas_set_num_threads(1)
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(a.rows), Int32(b.rows), Int32(a.columns), 1,
      a.pointer, Int32(a.columns), b.pointer, Int32(b.columns), 0, c.pointer, Int32(c.columns))
  }
}
