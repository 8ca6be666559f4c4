//! Lesson 19 leaves the part `bufferbloat`.
