import CKernels

/// Memory for numbers: large pieces in the system's large pages, where it has such.
///
/// A page of 2 MiB is cleared at once where 512 small ones would each interrupt the program, and one entry of the processor's
/// tables finds all of it.
enum LargeMemory {
  /// Bytes from which a piece is mapped by itself, and goes back to the system when it is released.
  static let leastBytes = Int(SK_LARGE_MEMORY)

  /// Memory aligned to 64 bytes, its content undefined; ends the program where there is none.
  static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    guard let memory = sk_allocate(Int64(byteCount)) else {
      preconditionFailure("no memory for \(byteCount) bytes of numbers")
    }
    return memory
  }

  /// - Parameter byteCount: what the memory was allocated with.
  static func release(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
    sk_release(memory, Int64(byteCount))
  }
}
