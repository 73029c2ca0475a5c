/// Where text stops being UTF-8.
package enum UTF8Check {
  /// The first byte that cannot be part of UTF-8; nil where everything is.
  package static func firstFault(_ bytes: some Sequence<UInt8>) -> Int? {
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var offset = 0
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let scalar): offset += scalar.count
      case .emptyInput: return nil
      case .error: return offset
      }
    }
  }
}
