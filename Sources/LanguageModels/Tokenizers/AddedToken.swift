/// A token that is matched in the text before any other processing.
struct AddedToken: Sendable, Equatable {
  var id: Int
  var content: [UInt8]
  /// Whether it strips white space on its left and on its right.
  var stripsLeft = false
  var stripsRight = false
  /// Whether it only matches between non-word characters.
  var isSingleWord = false
  /// Whether it is looked for after normalisation.
  var isNormalized = false
  /// Whether decoding may leave it out.
  var isSpecial = false
}
